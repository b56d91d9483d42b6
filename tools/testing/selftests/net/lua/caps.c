// SPDX-License-Identifier: GPL-2.0
/*
 * net.lua.max_states and max_total_memory: what the sockets of a namespace may
 * have together. Who comes too late fails, nobody else does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lua_sock.h"

#define MAX_STATES "/proc/sys/net/lua/max_states"
#define MAX_TOTAL_MEMORY "/proc/sys/net/lua/max_total_memory"
#define MAX_INSTRUCTIONS "/proc/sys/net/lua/max_instructions"

/* A namespace of its own; its listener has a state. */
FIXTURE(caps)
{
	int home;
	int listener;
	struct lua_pair pair;
};

FIXTURE_SETUP(caps)
{
	self->home = open("/proc/self/ns/net", O_RDONLY);
	ASSERT_LE(0, self->home);
	ASSERT_EQ(0, lua_own_network());
	self->listener = lua_listen(AF_INET);
	ASSERT_LE(0, self->listener);
	ASSERT_EQ(0, lua_judge(self->listener, "return true"));
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
}

FIXTURE_TEARDOWN(caps)
{
	lua_pair_close(&self->pair);
	close(self->listener);
	close(self->home);
}

/* One byte through a connection: 0, or why it does not come out. */
static int through(struct lua_pair *pair)
{
	char c;

	if (lua_puts(pair->peer, "x"))
		return -EPIPE;
	return recv(pair->fd, &c, 1, 0) == 1 ? 0 : -errno;
}

TEST_F(caps, have_bounds)
{
	char text[32];

	ASSERT_EQ(0, lua_read_file(MAX_STATES, text, sizeof(text)));
	EXPECT_STREQ("65536", text);
	EXPECT_EQ(-EINVAL, lua_write_file(MAX_STATES, "-1"));
	EXPECT_EQ(-EINVAL, lua_write_file(MAX_STATES, "16777217"));
	EXPECT_EQ(0, lua_write_file(MAX_STATES, "0"));
	EXPECT_EQ(0, lua_write_file(MAX_STATES, "16777216"));

	/* A quarter of the memory. */
	ASSERT_EQ(0, lua_read_file(MAX_TOTAL_MEMORY, text, sizeof(text)));
	EXPECT_LT(1L << 20, atol(text));
	EXPECT_GE(sysconf(_SC_PHYS_PAGES) / 4 * sysconf(_SC_PAGESIZE) + (1L << 26),
		  atol(text));
	EXPECT_EQ(-EINVAL, lua_write_file(MAX_TOTAL_MEMORY, "32767"));
	EXPECT_EQ(-EINVAL, lua_write_file(MAX_TOTAL_MEMORY, "9223372036854775807"));
	EXPECT_EQ(-EINVAL, lua_write_file(MAX_TOTAL_MEMORY, "x"));
	EXPECT_EQ(0, lua_write_file(MAX_TOTAL_MEMORY, "32768"));
	EXPECT_EQ(0, lua_write_file(MAX_TOTAL_MEMORY, "4294967296"));
}

TEST_F(caps, what_is_there_now_is_counted)
{
	long memory = lua_counter("LuaMemoryNow");

	EXPECT_EQ(1, lua_counter("LuaStatesNow"));
	EXPECT_LT(8192, memory);
	EXPECT_GT(65536, memory);
	EXPECT_EQ(0, through(&self->pair));
	EXPECT_EQ(2, lua_counter("LuaStatesNow"));
	EXPECT_LT(memory, lua_counter("LuaMemoryNow"));
	lua_pair_close(&self->pair);
	EXPECT_EQ(1, lua_counter("LuaStatesNow"));
	EXPECT_EQ(memory, lua_counter("LuaMemoryNow"));
	close(self->listener);
	self->listener = -1;
	EXPECT_EQ(0, lua_counter("LuaStatesNow"));
	EXPECT_EQ(0, lua_counter("LuaMemoryNow"));
}

TEST_F(caps, a_state_too_many_fails_closed)
{
	struct lua_pair late;

	ASSERT_EQ(0, lua_write_file(MAX_STATES, "2"));
	ASSERT_EQ(0, through(&self->pair));
	ASSERT_EQ(0, lua_pair_accept(&late, self->listener));
	EXPECT_EQ(-EIO, through(&late));
	EXPECT_STREQ("no state: limit of the namespace (max_states) reached",
		     lua_error(late.fd));
	EXPECT_EQ(1, lua_counter("LuaStatesRefused"));
	EXPECT_EQ(1, lua_counter("LuaLimitHits"));
	EXPECT_EQ(1, lua_counter("LuaErrors"));
	EXPECT_EQ(2, lua_counter("LuaStatesNow"));
	/* Nobody else suffers, and room is used again. */
	EXPECT_EQ(0, through(&self->pair));
	lua_pair_close(&self->pair);
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	EXPECT_EQ(0, through(&self->pair));
	EXPECT_EQ(-EIO, through(&late));
	lua_pair_close(&late);
}

TEST_F(caps, a_state_too_many_passes_if_the_application_wants_that)
{
	int pass = SS_LUA_ONERROR_PASS;
	struct lua_pair late;

	ASSERT_EQ(0, setsockopt(self->listener, SOL_LUA, SS_LUA_ONERROR, &pass,
				sizeof(pass)));
	ASSERT_EQ(0, lua_write_file(MAX_STATES, "1"));
	ASSERT_EQ(0, lua_pair_accept(&late, self->listener));
	EXPECT_EQ(0, through(&late));
	EXPECT_EQ(0, through(&late));
	EXPECT_EQ(1, lua_counter("LuaUnjudged"));
	EXPECT_EQ(1, lua_counter("LuaStatesRefused"));
	lua_pair_close(&late);
}

TEST_F(caps, a_script_too_many_is_not_loaded)
{
	ASSERT_EQ(0, through(&self->pair));
	ASSERT_EQ(0, lua_write_file(MAX_STATES, "2"));
	EXPECT_EQ(-ENOBUFS, lua_load(self->pair.fd, "x = 1"));
	EXPECT_STREQ("no state: limit of the namespace (max_states) reached",
		     lua_error(self->pair.fd));
	/* The old one is still there. */
	EXPECT_EQ(0, through(&self->pair));
	ASSERT_EQ(0, lua_write_file(MAX_STATES, "3"));
	EXPECT_EQ(0, lua_judge(self->pair.fd, "return true"));
	EXPECT_EQ(2, lua_counter("LuaStatesNow"));
}

TEST_F(caps, no_memory_for_another_state_fails_closed)
{
	struct lua_pair late;
	char text[32];

	ASSERT_EQ(0, through(&self->pair));
	snprintf(text, sizeof(text), "%ld", lua_counter("LuaMemoryNow") + 4096);
	ASSERT_EQ(0, lua_write_file(MAX_TOTAL_MEMORY, text));
	ASSERT_EQ(0, lua_pair_accept(&late, self->listener));
	EXPECT_EQ(-EIO, through(&late));
	EXPECT_STREQ("no memory for a state: limit of the namespace (max_total_memory) reached",
		     lua_error(late.fd));
	EXPECT_EQ(-ENOMEM, lua_load(late.fd, "x = 1"));
	EXPECT_EQ(2, lua_counter("LuaStatesRefused"));
	EXPECT_EQ(0, through(&self->pair));
	EXPECT_EQ(2, lua_counter("LuaStatesNow"));
	EXPECT_GE(atol(text), lua_counter("LuaMemoryNow"));
	lua_pair_close(&late);
}

TEST_F(caps, a_script_cannot_take_more_than_is_left)
{
	char text[32], expected[96];
	long max;

	ASSERT_EQ(0, through(&self->pair));
	max = lua_counter("LuaMemoryNow") + 65536;
	snprintf(text, sizeof(text), "%ld", max);
	ASSERT_EQ(0, lua_write_file(MAX_TOTAL_MEMORY, text));
	EXPECT_EQ(-ENOMEM, lua_load(self->pair.fd, "x = ('x'):rep(70000)"));
	snprintf(expected, sizeof(expected),
		 "script:1: memory limit of all states (%ld bytes) reached", max);
	EXPECT_STREQ(expected, lua_error(self->pair.fd));
	EXPECT_EQ(0, through(&self->pair));
}

TEST_F(caps, a_socket_has_what_a_lowered_namespace_allows)
{
	struct ss_lua_limits limits = { .max_instructions = 5000 };
	socklen_t len = sizeof(limits);

	ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_LUA, SS_LUA_LIMITS, &limits,
				sizeof(limits)));
	ASSERT_EQ(0, lua_write_file(MAX_INSTRUCTIONS, "2000"));
	ASSERT_EQ(0, getsockopt(self->pair.fd, SOL_LUA, SS_LUA_LIMITS, &limits, &len));
	EXPECT_EQ(2000, limits.max_instructions);
	ASSERT_EQ(0, lua_write_file(MAX_INSTRUCTIONS, "10000"));
	ASSERT_EQ(0, getsockopt(self->pair.fd, SOL_LUA, SS_LUA_LIMITS, &limits, &len));
	EXPECT_EQ(5000, limits.max_instructions);
}

TEST_F(caps, one_namespace_does_not_starve_another)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, lua_write_file(MAX_STATES, "1"));
	pid = fork();
	if (!pid) {
		int fd;

		if (unshare(CLONE_NEWNET))
			_exit(1);
		fd = lua_socket(AF_INET);
		if (lua_judge(fd, "return true"))
			_exit(2);
		_exit(lua_counter("LuaStatesNow") == 1 ? 0 : 3);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* The listener keeps its namespace, whose last process has left it. */
TEST_F(caps, states_may_outlive_their_namespace)
{
	EXPECT_EQ(0, through(&self->pair));
	ASSERT_EQ(0, setns(self->home, CLONE_NEWNET));
	EXPECT_EQ(0, through(&self->pair));
	lua_pair_close(&self->pair);
	close(self->listener);
	self->listener = -1;
	/* Time for it to end. */
	usleep(200 * 1000);
}

TEST_HARNESS_MAIN
