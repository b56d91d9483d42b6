// SPDX-License-Identifier: GPL-2.0
/*
 * A script that takes all its instructions for each byte: others have the socket
 * meanwhile, and what cannot share it ends.
 *
 * Time is counted in calls of the script, which a slow machine does not change.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lua_sock.h"

/* Two calls take more than one may have. */
#define BUDGET		50000
#define BURN		"for i = 1, 40000 do end "
#define BYTES		200
/* Bytes that are not all judged: something ends the work before. */
#define MANY		20000
/* Of so many calls, those in which somebody gets the socket, however badly things are
 * scheduled
 */
#define SOON(of)	((of) / 4)
/* Calls within a budget, and one more */
#define FEW		3

static long calls(int fd)
{
	return lua_info_of(fd).calls;
}

/* The socket need not be locked for that. */
static bool is_called(int fd, long times)
{
	int ms;

	for (ms = 0; ms < LUA_PATIENCE_MS; ms++) {
		if (calls(fd) >= times)
			return true;
		usleep(1000);
	}
	return false;
}

static int set_budget(int fd)
{
	struct ss_lua_limits limits = { .max_instructions = BUDGET };

	return setsockopt(fd, SOL_LUA, SS_LUA_LIMITS, &limits, sizeof(limits)) ?
	       -errno : 0;
}

FIXTURE(fair)
{
	struct lua_pair pair;
	char bytes[BYTES + 1];
	char many[MANY + 1];
};

FIXTURE_SETUP(fair)
{
	ASSERT_EQ(0, lua_own_network());
	ASSERT_EQ(0, lua_pair_open(&self->pair, AF_INET));
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	ASSERT_EQ(0, set_budget(self->pair.fd));
	memset(self->bytes, 'd', BYTES);
	memset(self->many, 'd', MANY);
}

FIXTURE_TEARDOWN(fair)
{
	lua_pair_close(&self->pair);
}

/**
 * struct work - what a thread does at a socket
 * @fd: the socket
 * @flags: for recv() or send()
 * @send: these bytes, or NULL: recv()
 * @len: bytes
 * @ret: what came of it, or a negative errno
 * @done: that is known
 */
struct work {
	int fd;
	int flags;
	const char *send;
	size_t len;
	ssize_t ret;
	bool done;
};

static void *do_work(void *arg)
{
	struct work *work = arg;
	char buf[MANY];

	work->ret = work->send ?
		    send(work->fd, work->send, work->len, MSG_NOSIGNAL) :
		    recv(work->fd, buf, work->len, work->flags);
	if (work->ret < 0)
		work->ret = -errno;
	__atomic_store_n(&work->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_done(struct work *work)
{
	return __atomic_load_n(&work->done, __ATOMIC_ACQUIRE);
}

/* What others ask meanwhile. Each takes the socket's lock. */

static int ask_getsockopt(int fd)
{
	struct ss_lua_hook hook = { .hook = SS_LUA_HOOK_RECEIVE };
	socklen_t len = sizeof(hook);

	return getsockopt(fd, SOL_LUA, SS_LUA_HOOK, &hook, &len);
}

static int ask_setsockopt(int fd)
{
	int one = 1;

	return setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

static int ask_limits(int fd)
{
	return set_budget(fd);
}

static int ask_poll(int fd)
{
	return lua_poll(fd, POLLOUT, LUA_PATIENCE_MS) == 1 ? 0 : -1;
}

static const struct {
	const char *name;
	int (*ask)(int fd);
} questions[] = {
	{ "getsockopt", ask_getsockopt },
	{ "setsockopt", ask_setsockopt },
	{ "SS_LUA_LIMITS", ask_limits },
	{ "poll", ask_poll },
};

/* Ask again and again while the work goes on, which began @before. */
static void ask_meanwhile(struct __test_metadata *_metadata, struct work *work,
			  long before)
{
	long longest[ARRAY_SIZE(questions)] = {}, asked = 0;
	pthread_t thread;
	unsigned int i;

	ASSERT_EQ(0, pthread_create(&thread, NULL, do_work, work));
	ASSERT_TRUE(is_called(work->fd, before + 1));
	while (!is_done(work)) {
		for (i = 0; i < ARRAY_SIZE(questions); i++) {
			long from = calls(work->fd), took;

			EXPECT_EQ(0, questions[i].ask(work->fd));
			took = calls(work->fd) - from;
			longest[i] = took > longest[i] ? took : longest[i];
		}
		asked++;
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	for (i = 0; i < ARRAY_SIZE(questions); i++) {
		EXPECT_GT(SOON(BYTES), longest[i]) {
			TH_LOG("%s", questions[i].name);
		}
	}
	/* Or nothing has been tested. */
	EXPECT_LE(BYTES, calls(work->fd) - before);
	EXPECT_LE(2, asked);
	TH_LOG("asked %ld times in %ld calls; the longest took %ld %ld %ld %ld", asked,
	       calls(work->fd) - before, longest[0], longest[1], longest[2],
	       longest[3]);
}

/* Ways in which one read is many calls */
static const struct {
	const char *name;
	const char *verdict;
	int flags;
	size_t gets;
} reads[] = {
	{ "drop", "return drop, 1", 0, 1 },
	{ "MSG_WAITALL", "return true, 1", MSG_WAITALL, BYTES },
	{ "MSG_PEEK", "return true, 1", MSG_PEEK | MSG_WAITALL, BYTES },
	{ "MSG_TRUNC", "return true, 1", MSG_TRUNC | MSG_WAITALL, BYTES },
};

TEST_F(fair, others_are_answered_while_a_reader_has_the_script_work)
{
	char script[256], buf[BYTES];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reads); i++) {
		struct work work = {
			.fd = self->pair.fd,
			.flags = reads[i].flags,
			.len = BYTES,
		};

		TH_LOG("%s", reads[i].name);
		snprintf(script, sizeof(script), BURN
			 "if tostring(data:segment(0, 1)) == 'e' then return true, 1 end %s",
			 reads[i].verdict);
		ASSERT_EQ(0, lua_judge(self->pair.fd, script));
		self->bytes[BYTES - 1] = 'e';
		ASSERT_EQ(0, lua_puts(self->pair.peer, self->bytes));
		ASSERT_EQ(0, lua_arrived(self->pair.peer));
		ask_meanwhile(_metadata, &work, calls(self->pair.fd));
		EXPECT_EQ(reads[i].gets, work.ret);
		if (reads[i].flags & MSG_PEEK)
			EXPECT_EQ(BYTES, recv(self->pair.fd, buf, BYTES, 0));
	}
}

TEST_F(fair, others_are_answered_while_a_sender_has_the_script_work)
{
	struct work work = {
		.fd = self->pair.fd,
		.send = self->bytes,
		.len = BYTES,
	};
	char buf[BYTES];

	ASSERT_EQ(0, lua_handle(self->pair.fd, SS_LUA_HOOK_SEND,
				BURN "return true, 1"));
	ask_meanwhile(_metadata, &work, 0);
	EXPECT_EQ(BYTES, work.ret);
	EXPECT_EQ(BYTES, recv(self->pair.peer, buf, BYTES, MSG_WAITALL));
}

/* A poll that does want to know judges too, until one byte has passed. */
TEST_F(fair, a_poll_takes_part_in_the_work)
{
	struct work work = {
		.fd = self->pair.fd,
		.flags = MSG_WAITALL,
		.len = BYTES,
	};
	long longest = 0, from, took;
	pthread_t thread;

	ASSERT_EQ(0, lua_judge(self->pair.fd, BURN "return true, 1"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, self->bytes));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	ASSERT_EQ(0, pthread_create(&thread, NULL, do_work, &work));
	ASSERT_TRUE(is_called(self->pair.fd, 1));
	while (!is_done(&work)) {
		from = calls(self->pair.fd);
		lua_poll(self->pair.fd, POLLIN, 0);
		took = calls(self->pair.fd) - from;
		longest = took > longest ? took : longest;
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_GT(SOON(BYTES), longest);
	EXPECT_EQ(BYTES, work.ret);
	EXPECT_EQ(BYTES, calls(self->pair.fd));
}

/* Several at one socket: all get on, and together they get each byte once. */
TEST_F(fair, readers_share_the_work)
{
	struct work work[3];
	pthread_t thread[3];
	int i;

	ASSERT_EQ(0, lua_judge(self->pair.fd, BURN "return true, 1"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, self->bytes));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	for (i = 0; i < 3; i++) {
		work[i] = (struct work) {
			.fd = self->pair.fd,
			.flags = MSG_WAITALL,
			.len = BYTES / 4,
		};
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, do_work, &work[i]));
	}
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, pthread_join(thread[i], NULL));
		EXPECT_EQ(BYTES / 4, work[i].ret);
	}
	EXPECT_EQ(3 * BYTES / 4, calls(self->pair.fd));
}

/* Two senders */

/* What the peer gets to the end: how many of each letter. */
static bool count_letters(int peer, long *as, long *bs)
{
	char buf[BYTES];
	ssize_t n, i;

	*as = 0;
	*bs = 0;
	while ((n = recv(peer, buf, sizeof(buf), 0)) > 0) {
		for (i = 0; i < n; i++) {
			*as += buf[i] == 'a';
			*bs += buf[i] == 'b';
		}
	}
	return !n;
}

static ssize_t passed(const struct work *work)
{
	return work->ret < 0 ? 0 : work->ret;
}

TEST_F(fair, each_sender_is_told_what_of_its_own_was_passed)
{
	/* Before the second comes, in the first's, between them, in the second's,
	 * and never
	 */
	static const int limits[] = { 0, 1, 30, 40, 50, 79, 80 };
	char a[40], b[40], script[256];
	unsigned int i;

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		struct work first = { .send = a, .len = sizeof(a) };
		struct work second = { .send = b, .len = sizeof(b) };
		pthread_t threads[2];
		long as, bs;

		lua_pair_close(&self->pair);
		ASSERT_EQ(0, lua_pair_open(&self->pair, AF_INET));
		ASSERT_EQ(0, lua_attach(self->pair.fd));
		ASSERT_EQ(0, set_budget(self->pair.fd));
		first.fd = self->pair.fd;
		second.fd = self->pair.fd;
		snprintf(script, sizeof(script), BURN "n = (n or 0) + 1\n"
			 "if n > %d then return false end return true, 1",
			 limits[i]);
		ASSERT_EQ(0, lua_handle(self->pair.fd, SS_LUA_HOOK_SEND, script));
		ASSERT_EQ(0, pthread_create(&threads[0], NULL, do_work, &first));
		ASSERT_TRUE(is_called(self->pair.fd, 1));
		ASSERT_EQ(0, pthread_create(&threads[1], NULL, do_work, &second));
		ASSERT_EQ(0, pthread_join(threads[0], NULL));
		ASSERT_EQ(0, pthread_join(threads[1], NULL));
		ASSERT_EQ(0, shutdown(self->pair.fd, SHUT_WR));
		ASSERT_TRUE(count_letters(self->pair.peer, &as, &bs));
		EXPECT_EQ(as, passed(&first)) {
			TH_LOG("%d are passed, %ld of the first", limits[i], as);
		}
		EXPECT_EQ(bs, passed(&second)) {
			TH_LOG("%d are passed, %ld of the second", limits[i], bs);
		}
		EXPECT_EQ(limits[i], as + bs);
		if (!as)
			EXPECT_EQ(-ECONNREFUSED, first.ret);
		if (!bs)
			EXPECT_EQ(-ECONNREFUSED, second.ret);
	}
}

/* Who must keep the socket locked */

/* The script holds all, and from its next call on lets single bytes go. */
#define HOLD_THEN_BURN	"n = (n or 0) + 1 if n == 1 then return true, 0 end " \
			BURN "return true, 1"

static const struct {
	const char *name;
	bool close;
} ends[] = {
	{ "shutdown", false },
	{ "close", true },
};

TEST_F(fair, the_end_of_sending_does_not_wait_for_all_of_it)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		long before = lua_counter("LuaSentUnjudgedBytes");
		long called = lua_counter("LuaCalls");
		long got = 0;
		char c;

		lua_pair_close(&self->pair);
		ASSERT_EQ(0, lua_pair_open(&self->pair, AF_INET));
		ASSERT_EQ(0, lua_attach(self->pair.fd));
		ASSERT_EQ(0, set_budget(self->pair.fd));
		ASSERT_EQ(0, lua_handle(self->pair.fd, SS_LUA_HOOK_SEND,
					HOLD_THEN_BURN));
		ASSERT_EQ(0, lua_puts(self->pair.fd, self->bytes));
		if (ends[i].close) {
			ASSERT_EQ(0, close(self->pair.fd));
			self->pair.fd = -1;
		} else {
			ASSERT_EQ(0, shutdown(self->pair.fd, SHUT_WR));
			EXPECT_STREQ("the stream ended with bytes not judged",
				     lua_error(self->pair.fd));
		}
		called = lua_counter("LuaCalls") - called;
		EXPECT_GE(1 + FEW, called);
		/* What was passed is sent, the rest is counted, the end is regular. */
		while (recv(self->pair.peer, &c, 1, 0) == 1)
			got++;
		EXPECT_EQ(0, recv(self->pair.peer, &c, 1, 0)) {
			TH_LOG("%s: %s", ends[i].name, strerror(errno));
		}
		EXPECT_EQ(called - 1, got);
		EXPECT_EQ(BYTES - got, lua_counter("LuaSentUnjudgedBytes") - before);
	}
}

TEST_F(fair, a_new_script_does_not_have_to_judge_all_at_once)
{
	char buf[BYTES + 1];
	long before;

	ASSERT_EQ(0, lua_handle(self->pair.fd, SS_LUA_HOOK_SEND, "return true, 0"));
	ASSERT_EQ(0, lua_puts(self->pair.fd, self->bytes));
	before = calls(self->pair.fd);
	ASSERT_EQ(0, lua_handle(self->pair.fd, SS_LUA_HOOK_SEND,
				BURN "return true, 1"));
	EXPECT_LE(1, calls(self->pair.fd) - before);
	/* It is asked when it is loaded, and when it gets its hook. */
	EXPECT_GE(2 * FEW, calls(self->pair.fd) - before);
	/* The next to send goes on. */
	ASSERT_EQ(0, lua_puts(self->pair.fd, "e"));
	EXPECT_EQ(BYTES + 1, recv(self->pair.peer, buf, BYTES + 1, MSG_WAITALL));
}

/* What others do meanwhile */

static void start(struct __test_metadata *_metadata, struct work *work,
		  pthread_t *thread)
{
	ASSERT_EQ(0, pthread_create(thread, NULL, do_work, work));
	ASSERT_TRUE(is_called(work->fd, 1));
	ASSERT_FALSE(is_done(work));
}

TEST_F(fair, a_shutdown_ends_the_work_of_a_sender)
{
	struct work work = {
		.fd = self->pair.fd,
		.send = self->many,
		.len = MANY,
	};
	long before = lua_counter("LuaSentUnjudgedBytes"), got = 0;
	pthread_t thread;
	char c;

	ASSERT_EQ(0, lua_handle(self->pair.fd, SS_LUA_HOOK_SEND,
				BURN "return true, 1"));
	start(_metadata, &work, &thread);
	ASSERT_EQ(0, shutdown(self->pair.fd, SHUT_WR));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_GT(SOON(MANY), calls(self->pair.fd));
	/* It has been taken, as what a script holds back has. */
	EXPECT_EQ(MANY, work.ret);
	while (recv(self->pair.peer, &c, 1, 0) == 1)
		got++;
	EXPECT_EQ(calls(self->pair.fd), got);
	EXPECT_EQ(MANY - got, lua_counter("LuaSentUnjudgedBytes") - before);
}

TEST_F(fair, a_new_script_takes_over_from_the_one_that_works)
{
	struct work work = { .fd = self->pair.fd, .len = MANY };
	pthread_t thread;

	ASSERT_EQ(0, lua_judge(self->pair.fd, BURN "return drop, 1"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, self->many));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	start(_metadata, &work, &thread);
	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true"));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	/* What the old one dropped is gone, the rest comes. */
	EXPECT_LT(0, work.ret);
	EXPECT_GT(MANY, work.ret);
	EXPECT_LT(MANY - SOON(MANY), work.ret);
}

static int disconnect(int fd)
{
	struct sockaddr addr = { .sa_family = AF_UNSPEC };

	return connect(fd, &addr, sizeof(addr)) ? -errno : 0;
}

/* Neither a reader nor a sender is at a connection then, nor is the next one
 * spoilt.
 */
TEST_F(fair, a_disconnect_ends_the_work)
{
	struct work works[] = {
		{ .fd = self->pair.fd, .len = MANY },
		{ .fd = self->pair.fd, .len = MANY, .send = self->many },
	};
	struct sockaddr_storage addr;
	socklen_t len = lua_loopback(AF_INET, &addr);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(works); i++) {
		struct lua_pair next;
		pthread_t thread;

		ASSERT_EQ(0, lua_load(works[i].fd, "function process() " BURN
				      "return drop, 1 end\n"
				      "function send() " BURN
				      "return true, 1 end"));
		ASSERT_EQ(0, lua_entry(works[i].fd, "process"));
		ASSERT_EQ(0, lua_hook(works[i].fd, SS_LUA_HOOK_SEND, "send"));
		if (!works[i].send) {
			ASSERT_EQ(0, lua_puts(self->pair.peer, self->many));
			ASSERT_EQ(0, lua_arrived(self->pair.peer));
		}
		start(_metadata, &works[i], &thread);
		ASSERT_EQ(0, disconnect(works[i].fd));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		EXPECT_GT(SOON(MANY), calls(works[i].fd));
		if (!works[i].send)
			EXPECT_GT(0, works[i].ret);

		ASSERT_EQ(0, lua_load(works[i].fd,
				      "function process() return true, 'judged' end\n"
				      "function send() return true end"));
		ASSERT_EQ(0, bind(works[i].fd, (struct sockaddr *)&addr, len));
		ASSERT_EQ(0, listen(works[i].fd, 1));
		ASSERT_EQ(0, lua_pair_accept(&next, works[i].fd));
		EXPECT_STREQ("judged", lua_pair_exchange(&next, "raw"));
		lua_pair_close(&next);

		lua_pair_close(&self->pair);
		ASSERT_EQ(0, lua_pair_open(&self->pair, AF_INET));
		ASSERT_EQ(0, lua_attach(self->pair.fd));
		ASSERT_EQ(0, set_budget(self->pair.fd));
		works[1].fd = self->pair.fd;
	}
}

/* Killed */

static const struct {
	const char *name;
	unsigned int which;
	const char *verdict;
} victims[] = {
	{ "reader", SS_LUA_HOOK_RECEIVE, BURN "return drop, 1" },
	{ "sender", SS_LUA_HOOK_SEND, BURN "return true, 1" },
};

TEST_F(fair, who_is_killed_works_no_more)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(victims); i++) {
		struct work work = { .len = MANY };
		int status;
		long before;
		pid_t pid;

		lua_pair_close(&self->pair);
		ASSERT_EQ(0, lua_pair_open(&self->pair, AF_INET));
		ASSERT_EQ(0, lua_attach(self->pair.fd));
		ASSERT_EQ(0, set_budget(self->pair.fd));
		ASSERT_EQ(0, lua_handle(self->pair.fd, victims[i].which,
					victims[i].verdict));
		work.fd = self->pair.fd;
		if (victims[i].which == SS_LUA_HOOK_SEND)
			work.send = self->many;
		else
			ASSERT_EQ(0, lua_puts(self->pair.peer, self->many));
		pid = fork();
		if (!pid) {
			do_work(&work);
			_exit(0);
		}
		ASSERT_TRUE(is_called(self->pair.fd, 1));
		before = calls(self->pair.fd);
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status)) {
			TH_LOG("%s", victims[i].name);
		}
		EXPECT_GT(SOON(MANY), calls(self->pair.fd) - before) {
			TH_LOG("%s", victims[i].name);
		}
	}
}

TEST_HARNESS_MAIN
