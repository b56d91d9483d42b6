// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for a script that holds data back costs nothing, and ends when it
 * lets the data through.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>

#include "lua_families.h"
#include "lua_path.h"
#include "lua_uring.h"
#include "lua_ways.h"

#define IDLE_MS		1000
/* Of that; who asks over and over again takes all of it. */
#define IDLE_CPU_MS	50
#define HOLD_UNTIL_8	"if size < 8 then return true, 0 end return true"

/* Ways to wait, each for IDLE_MS. They return 0 if nothing came. */

static int idle_poll(int fd)
{
	return lua_poll(fd, POLLIN, IDLE_MS);
}

static int idle_epoll_with(int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events };
	int epfd = epoll_create1(0);

	if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev))
		return -errno;
	return epoll_wait(epfd, &ev, 1, IDLE_MS);
}

static int idle_epoll(int fd)
{
	return idle_epoll_with(fd, EPOLLIN);
}

static int idle_epoll_edge(int fd)
{
	return idle_epoll_with(fd, EPOLLIN | EPOLLET);
}

static int idle_select(int fd)
{
	struct timeval tv = { .tv_sec = IDLE_MS / 1000 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, &set, NULL, NULL, &tv);
}

static int idle_recv(int fd)
{
	struct timeval tv = { .tv_sec = IDLE_MS / 1000 };
	char c;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	return recv(fd, &c, 1, 0) < 0 && errno == EAGAIN ? 0 : -1;
}

static int idle_waitall(int fd)
{
	struct timeval tv = { .tv_sec = IDLE_MS / 1000 };
	char buf[8];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	return recv(fd, buf, 8, MSG_WAITALL) < 0 && errno == EAGAIN ? 0 : -1;
}

static int idle_uring(int fd)
{
	char buf[8];
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_RECV,
		.fd = fd,
		.addr = (uintptr_t)buf,
		.len = sizeof(buf),
		.user_data = 1,
	};
	struct io_uring_cqe cqe;
	struct lua_uring ring;

	if (lua_uring_open(&ring, 0) || lua_uring_submit(&ring, &sqe))
		return -1;
	usleep(IDLE_MS * 1000);
	if (lua_uring_cancel(&ring, 1) || lua_uring_wait(&ring, &cqe))
		return -1;
	return cqe.user_data == 1 && cqe.res >= 0;
}

static const struct {
	const char *name;
	int (*idle)(int fd);
} waits[] = {
	{ "poll", idle_poll },
	{ "select", idle_select },
	{ "epoll", idle_epoll },
	{ "epoll, edge-triggered", idle_epoll_edge },
	{ "recv", idle_recv },
	{ "recv, MSG_WAITALL", idle_waitall },
	{ "io_uring recv", idle_uring },
};

static long cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A child that waits, and ends with what that took, in ms of CPU time; with
 * 255 if something came. On a busy host a guest's clock jumps, and who runs then
 * is charged for it; so it is the least of three.
 */
static pid_t start_idle(int (*idle)(int fd), int fd)
{
	long least = 254;
	pid_t pid = fork();
	int i;

	if (pid)
		return pid;
	for (i = 0; i < 3 && least >= IDLE_CPU_MS; i++) {
		long ms = cpu_ms();

		if (idle(fd))
			_exit(255);
		ms = cpu_ms() - ms;
		least = ms < least ? ms : least;
	}
	_exit(least);
}

static int status_of(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : -1;
}

/* All ways at once, so that it takes a second and not one for each. */
static void check_idle(struct __test_metadata *_metadata, int listener,
		       const char *held)
{
	struct lua_pair pairs[ARRAY_SIZE(waits)];
	pid_t pids[ARRAY_SIZE(waits)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		ASSERT_EQ(0, lua_pair_accept(&pairs[i], listener));
		ASSERT_EQ(0, lua_puts(pairs[i].peer, held));
		ASSERT_EQ(0, lua_arrived(pairs[i].peer));
		pids[i] = start_idle(waits[i].idle, pairs[i].fd);
	}
	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		EXPECT_GT(IDLE_CPU_MS, status_of(pids[i])) {
			TH_LOG("%s", waits[i].name);
		}
		lua_pair_close(&pairs[i]);
	}
}

/* What holds data back, and what is held. */
static const struct {
	const char *body;
	const char *held;
} holders[] = {
	{ "return true, 0", "held" },
	{ "return true, ''", "dropped" },
};

TEST_F(lua, waiting_for_a_script_takes_no_time)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(holders); i++) {
		JUDGED_BY(holders[i].body);
		check_idle(_metadata, self->listener, holders[i].held);
	}
}

/* Whoever waits, and whatever it asks meanwhile. */
TEST_F(lua, an_arrival_is_judged_once)
{
	enum { ARRIVALS = 20 };
	long before, calls;
	pid_t pid;
	int i;

	ASSERT_EQ(0, lua_own_network());
	close(self->listener);
	self->listener = lua_listen(variant->family);
	ASSERT_LE(0, self->listener);
	JUDGED_BY("return true, 0");
	before = lua_counter("LuaCalls");
	ASSERT_LE(0, before);
	pid = start_idle(idle_epoll, self->pair.fd);
	for (i = 0; i < ARRIVALS; i++) {
		ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
		usleep(IDLE_MS * 1000 / ARRIVALS / 2);
		lua_poll(self->pair.fd, POLLIN, 0);
	}
	EXPECT_GT(IDLE_CPU_MS, status_of(pid));
	calls = lua_counter("LuaCalls") - before;
	EXPECT_LE(1, calls);
	EXPECT_GE(ARRIVALS, calls);
}

/* Lost wake-ups: the second half comes about when the reader falls asleep. */

static void spin(unsigned int ns)
{
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec -
		 from.tv_nsec < ns);
}

/* Send, and again when the reader has answered. */
static pid_t start_racing(struct lua_pair *pair, int rounds)
{
	pid_t pid = fork();
	char c;

	if (pid)
		return pid;
	srandom(1);
	while (rounds--) {
		lua_puts(pair->peer, "1234");
		spin(random() % 200000);
		lua_puts(pair->peer, "5678");
		if (recv(pair->peer, &c, 1, 0) != 1)
			_exit(1);
	}
	_exit(0);
}

/* Returns the round in which the reader was not woken, or @rounds. */
static int race(struct lua_pair *pair, lua_read_fn *read, int rounds)
{
	pid_t pid = start_racing(pair, rounds);
	char buf[8];
	int i;

	for (i = 0; i < rounds; i++) {
		size_t got = 0;

		while (got < 8) {
			ssize_t n = read(pair->fd, buf + got, 8 - got);

			if (n <= 0)
				goto out;
			got += n;
		}
		if (memcmp(buf, "12345678", 8) || lua_puts(pair->fd, "+"))
			break;
	}
out:
	shutdown(pair->fd, SHUT_RDWR);
	waitpid(pid, NULL, 0);
	return i;
}

/* A thousand, with all ways */
#define ROUNDS 32

TEST(no_way_to_read_misses_the_wake_up)
{
	int listener = lua_listen(AF_INET);
	unsigned int i;

	ASSERT_EQ(0, lua_judge(listener, HOLD_UNTIL_8));
	for (i = 0; i < lua_num_ways(); i++) {
		struct lua_pair pair;

		ASSERT_EQ(0, lua_pair_accept(&pair, listener));
		EXPECT_EQ(ROUNDS, race(&pair, lua_ways[i].read, ROUNDS)) {
			TH_LOG("%s: %s", lua_ways[i].name, lua_error(pair.fd));
		}
		lua_pair_close(&pair);
	}
	close(listener);
}

TEST_HARNESS_MAIN
