// SPDX-License-Identifier: GPL-2.0
/*
 * Who reads, and how that ends: several threads at one socket, readers that are
 * killed, sockets that close while the script holds data back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "lua_families.h"
#include "lua_path.h"

#define HOLD_ALL "return true, 0"

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Threads at one socket. The stream is numbers, four bytes each, and no read
 * cuts one: each thread must see them grow, and together they see each once.
 */
#define NUMBERS	40000

static unsigned char seen[NUMBERS];

static ssize_t by_recv(int fd, char *buf, size_t len)
{
	return recv(fd, buf, len, 0);
}

static ssize_t by_readv(int fd, char *buf, size_t len)
{
	struct iovec iov[2] = { { buf, 4 }, { buf + 4, len - 4 } };

	return readv(fd, iov, 2);
}

static ssize_t by_waitall(int fd, char *buf, size_t len)
{
	return recv(fd, buf, len, MSG_WAITALL);
}

static ssize_t by_poll(int fd, char *buf, size_t len)
{
	ssize_t n;

	do {
		lua_readable(fd);
		n = recv(fd, buf, len, MSG_DONTWAIT);
	} while (n < 0 && errno == EAGAIN);
	return n;
}

static ssize_t by_splice(int fd, char *buf, size_t len)
{
	static __thread int ends[2] = { -1, -1 };
	ssize_t n, got = 0;

	if (ends[0] < 0 && pipe(ends))
		return -1;
	n = splice(fd, NULL, ends[1], NULL, len, 0);
	while (got < n)
		got += read(ends[0], buf + got, n - got);
	return n;
}

/**
 * struct reader - a thread that reads a stream of numbers
 * @fd: where from
 * @read: how
 * @thread: itself
 * @numbers: how many it got
 * @last: the last one, and one more
 * @story: what went wrong, "" if nothing did
 */
struct reader {
	int fd;
	lua_read_fn *read;
	pthread_t thread;
	unsigned int numbers;
	__u32 last;
	char story[80];
};

static bool take_number(struct reader *r, __u32 number)
{
	if (number >= NUMBERS || number + 1 <= r->last ||
	    __atomic_fetch_add(&seen[number], 1, __ATOMIC_RELAXED)) {
		snprintf(r->story, sizeof(r->story), "%u came after %d",
			 number, (int)r->last - 1);
		return false;
	}
	r->last = number + 1;
	r->numbers++;
	return true;
}

static void *read_numbers(void *arg)
{
	struct reader *r = arg;
	__u32 buf[57];
	ssize_t n, i;

	while ((n = r->read(r->fd, (char *)buf, sizeof(buf))) > 0) {
		if (n % 4) {
			snprintf(r->story, sizeof(r->story), "a cut of %zd", n);
			return NULL;
		}
		for (i = 0; i < n / 4; i++)
			if (!take_number(r, buf[i]))
				return NULL;
	}
	if (n < 0)
		snprintf(r->story, sizeof(r->story), "%s", strerror(errno));
	return NULL;
}

static void send_numbers(int peer)
{
	static __u32 numbers[NUMBERS];
	size_t from = 0, len;
	__u32 i;

	for (i = 0; i < NUMBERS; i++)
		numbers[i] = i;
	/* In sizes that cut numbers. */
	for (; from < sizeof(numbers); from += len) {
		len = 1 + from * 7 % 9001;
		if (len > sizeof(numbers) - from)
			len = sizeof(numbers) - from;
		lua_put(peer, (char *)numbers + from, len);
	}
	shutdown(peer, SHUT_WR);
}

static const char * const whole_numbers[] = {
	"return true, size & ~3",
	"if size < 4 then return true, 0 end\n"
	"keep = (keep or 0) + 1\n"
	"if size & 3 ~= 0 then return true, size & ~3 end\n"
	"return true, tostring(data)",
	"if size & 3 ~= 0 then return true, size & ~3 end\n"
	"return true, data",
};

TEST_F(lua, threads_at_one_socket_get_each_byte_once_and_in_order)
{
	static lua_read_fn * const reads[] = {
		by_recv, by_readv, by_waitall, by_poll, by_splice, by_recv,
	};
	struct reader readers[ARRAY_SIZE(reads)];
	unsigned int i, j, total;

	for (i = 0; i < ARRAY_SIZE(whole_numbers); i++) {
		JUDGED_BY(whole_numbers[i]);
		memset(seen, 0, sizeof(seen));
		for (j = 0; j < ARRAY_SIZE(reads); j++) {
			readers[j] = (struct reader) {
				.fd = self->pair.fd,
				.read = reads[j],
			};
			ASSERT_EQ(0, pthread_create(&readers[j].thread, NULL,
						    read_numbers, &readers[j]));
		}
		send_numbers(self->pair.peer);
		for (j = 0, total = 0; j < ARRAY_SIZE(reads); j++) {
			pthread_join(readers[j].thread, NULL);
			EXPECT_STREQ("", readers[j].story) {
				TH_LOG("%s: reader %u", whole_numbers[i], j);
			}
			total += readers[j].numbers;
		}
		EXPECT_EQ(NUMBERS, total) {
			TH_LOG("%s: %s", whole_numbers[i],
			       lua_error(self->pair.fd));
		}
	}
}

/* Killed readers */

/* A child that reads and so runs the script, or waits for it. */
static pid_t start_reader(struct lua_pair *pair)
{
	pid_t pid = fork();
	char c;

	if (pid)
		return pid;
	close(pair->peer);
	recv(pair->fd, &c, 1, 0);
	_exit(0);
}

static long kill_and_wait(pid_t pid)
{
	long start = now_ms();
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? now_ms() - start : -1;
}

/* Without the signal the script would run for minutes. */
TEST(a_reader_that_is_killed_while_the_script_runs_dies_at_once)
{
	struct lua_pair pair;
	char c;
	pid_t pid;
	long ms;

	ASSERT_EQ(0, lua_own_network());
	ASSERT_EQ(0, lua_pair_open(&pair, AF_INET));
	ASSERT_EQ(0, lua_attach(pair.fd));
	ASSERT_EQ(0, lua_write_file("/proc/sys/net/lua/max_instructions",
				    "1000000000"));
	ASSERT_EQ(0, lua_judge(pair.fd, "while true do end"));
	ASSERT_EQ(0, lua_puts(pair.peer, "x"));
	ASSERT_EQ(0, lua_arrived(pair.peer));
	pid = start_reader(&pair);
	usleep(300 * 1000);
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	ms = kill_and_wait(pid);
	EXPECT_LE(0, ms);
	EXPECT_GT(2000, ms);

	/* What the script did not decide on does not pass. */
	EXPECT_EQ(-1, recv(pair.fd, &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(EIO, errno) {
		TH_LOG("SS_LUA_ERROR: %s", lua_error(pair.fd));
	}
	lua_pair_close(&pair);
}

TEST_F(lua, a_reader_that_is_killed_while_the_script_holds_leaves_the_stream_whole)
{
	char buf[16] = "";
	pid_t pid;

	JUDGED_BY("if size < 8 then return true, 0 end return true");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "1234"));
	pid = start_reader(&self->pair);
	usleep(LUA_A_WHILE_MS * 1000);
	EXPECT_LE(0, kill_and_wait(pid));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "5678"));
	EXPECT_EQ(8, recv(self->pair.fd, buf, sizeof(buf), 0));
	EXPECT_STREQ("12345678", buf);
}

/* Peeking goes on from where others left off, and both are at the gate. */

struct peek {
	int fd;
	char buf[32];
	ssize_t n;
};

static void *peek_eight(void *arg)
{
	struct peek *peek = arg;

	peek->n = recv(peek->fd, peek->buf, 8, MSG_PEEK | MSG_WAITALL);
	return NULL;
}

static int set_peek_off(int fd, int off)
{
	return setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof(off));
}

static void peek_four(int fd)
{
	char buf[4];

	recv(fd, buf, sizeof(buf), MSG_PEEK | MSG_DONTWAIT);
}

static void set_four(int fd)
{
	set_peek_off(fd, 4);
}

TEST_F(lua, a_peek_that_waits_while_the_offset_moves_sees_nothing_held)
{
	static void (* const moves[])(int fd) = { peek_four, set_four };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(moves); i++) {
		struct peek peek = {};
		pthread_t thread;

		JUDGED_BY("n = n or 0\n"
			  "if size < 4 or n == 2 then return true, 0 end\n"
			  "n = n + 1 return true, 4");
		peek.fd = self->pair.fd;
		ASSERT_EQ(0, set_peek_off(peek.fd, 0));
		ASSERT_EQ(0, lua_puts(self->pair.peer, "1234HE"));
		ASSERT_EQ(0, lua_arrived(self->pair.peer));
		/* It has four bytes, and waits for more. */
		ASSERT_EQ(0, pthread_create(&thread, NULL, peek_eight, &peek));
		usleep(LUA_A_WHILE_MS * 1000);
		moves[i](peek.fd);
		/* Four of these pass: eight in all. */
		ASSERT_EQ(0, lua_puts(self->pair.peer, "LD, not to be seen"));
		usleep(LUA_A_WHILE_MS * 1000);
		shutdown(self->pair.peer, SHUT_WR);
		pthread_join(thread, NULL);
		EXPECT_EQ(NULL, strstr(peek.buf, ",")) {
			TH_LOG("peeked '%s'", peek.buf);
		}
		EXPECT_EQ(4, peek.n);
		EXPECT_STREQ("HELD", peek.buf);
	}
}

/* The socket ends while data is held */

static void *recv_in_thread(void *arg)
{
	struct lua_pair *pair = arg;
	char c;

	return (void *)(long)(recv(pair->fd, &c, 1, 0) < 0 ? -errno : 0);
}

TEST_F(lua, a_reader_of_held_data_wakes_when_the_socket_is_shut_down)
{
	static const int hows[] = { SHUT_RD, SHUT_RDWR };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hows); i++) {
		pthread_t thread;
		long start;
		void *ret;

		JUDGED_BY(HOLD_ALL);
		ASSERT_EQ(0, lua_puts(self->pair.peer, "held"));
		ASSERT_EQ(0, pthread_create(&thread, NULL, recv_in_thread,
					    &self->pair));
		usleep(LUA_A_WHILE_MS * 1000);
		start = now_ms();
		ASSERT_EQ(0, shutdown(self->pair.fd, hows[i]));
		pthread_join(thread, &ret);
		EXPECT_GT(LUA_PATIENCE_MS / 2, now_ms() - start);
		EXPECT_EQ(-ECONNREFUSED, (long)ret);
	}
}

/* As TCP does when it closes with data unread: at once, and the peer is told. */
TEST_F(lua, a_socket_that_closes_with_data_held_resets_the_peer)
{
	static const struct linger lingers[] = {
		{ 0, 0 }, { 1, 0 }, { 1, 5 },
	};
	unsigned int i;
	char c;

	for (i = 0; i < ARRAY_SIZE(lingers); i++) {
		long start;

		JUDGED_BY(HOLD_ALL);
		ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_SOCKET, SO_LINGER,
					&lingers[i], sizeof(lingers[i])));
		ASSERT_EQ(0, lua_puts(self->pair.peer, "held"));
		ASSERT_EQ(0, lua_arrived(self->pair.peer));
		ASSERT_EQ(0, lua_poll(self->pair.fd, POLLIN, 0));
		start = now_ms();
		ASSERT_EQ(0, close(self->pair.fd));
		self->pair.fd = -1;
		EXPECT_GT(2500, now_ms() - start);
		EXPECT_EQ(-1, recv(self->pair.peer, &c, 1, 0));
		EXPECT_EQ(ECONNRESET, errno);
	}
}

/* SO_LINGER is about what is to be sent, which no script holds. */
TEST_F(lua, a_socket_that_lingers_sends_what_it_has_to)
{
	struct linger linger = { 1, 5 };
	static char bytes[200000];
	size_t got = 0;
	ssize_t n;
	pid_t pid;

	JUDGED_BY(HOLD_ALL);
	ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_SOCKET, SO_LINGER, &linger,
				sizeof(linger)));
	pid = fork();
	if (!pid) {
		close(self->pair.peer);
		lua_put(self->pair.fd, bytes, sizeof(bytes));
		_exit(close(self->pair.fd));
	}
	close(self->pair.fd);
	self->pair.fd = -1;
	while ((n = recv(self->pair.peer, bytes, sizeof(bytes), 0)) > 0)
		got += n;
	EXPECT_EQ(0, n);
	EXPECT_EQ(sizeof(bytes), got);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
}

/* Time stamps of what passed come with it. */
TEST_F(lua, passed_data_has_its_time_stamp)
{
	char control[CMSG_SPACE(sizeof(struct timespec))], buf[16];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct timespec from, stamp, to;
	struct cmsghdr *cmsg;
	int one = 1;

	JUDGED_BY("if size < 8 then return true, 0 end return true");
	ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_SOCKET, SO_TIMESTAMPNS, &one,
				sizeof(one)));
	/* The stamps are switched on by a work item. */
	usleep(LUA_A_WHILE_MS * 1000);
	clock_gettime(CLOCK_REALTIME, &from);
	ASSERT_EQ(0, lua_puts(self->pair.peer, "1234"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	ASSERT_EQ(0, lua_poll(self->pair.fd, POLLIN, 0));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "5678"));
	ASSERT_EQ(8, recvmsg(self->pair.fd, &msg, 0));
	clock_gettime(CLOCK_REALTIME, &to);
	cmsg = CMSG_FIRSTHDR(&msg);
	ASSERT_NE(NULL, cmsg);
	EXPECT_EQ(SOL_SOCKET, cmsg->cmsg_level);
	EXPECT_EQ(SCM_TIMESTAMPNS, cmsg->cmsg_type);
	memcpy(&stamp, CMSG_DATA(cmsg), sizeof(stamp));
	EXPECT_LE(from.tv_sec, stamp.tv_sec);
	EXPECT_LE(stamp.tv_sec, to.tv_sec);
}

TEST_HARNESS_MAIN
