// SPDX-License-Identifier: GPL-2.0
/*
 * Scripts that want too much: a limit ends them, when they are loaded as when
 * they judge, and its name is in the message.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <netinet/in.h>

/* A namespace with limits that are soon reached. */
#define LUA_PREPARE()	set_limits()
static int set_limits(void);

#include "lua_families.h"

static int set_limits(void)
{
	return lua_own_network() ?:
	       lua_write_file("/proc/sys/net/lua/max_instructions", "200000") ?:
	       lua_write_file("/proc/sys/net/lua/max_memory", "262144");
}

/**
 * struct excess - a piece of Lua that wants too much
 * @name: of what
 * @lua: statements
 * @err: what loading fails with
 * @error: part of SS_LUA_ERROR
 */
struct excess {
	const char *name;
	const char *lua;
	int err;
	const char *error;
};

#define INSTRUCTIONS "instruction limit (200000) reached"
#define MEMORY "memory limit (262144 bytes) reached"

static const struct excess excesses[] = {
	{ "loop", "while true do end", ETIME, "script:1: " INSTRUCTIONS },
	{ "loop that catches errors", "while true do pcall(error) end",
	  ETIME, INSTRUCTIONS },
	{ "loop in a coroutine",
	  "coroutine.wrap(function() while true do end\nend)()",
	  ETIME, INSTRUCTIONS },
	{ "loop in a function that catches its own end",
	  "local function f() pcall(f) while true do pcall(error) end\nend f()",
	  ETIME, INSTRUCTIONS },
	{ "loop in an error handler",
	  "xpcall(error, function() while true do end\nend)",
	  ETIME, INSTRUCTIONS },
	{ "loop in __tostring",
	  "tostring(setmetatable({}, { __tostring = function()\n"
	  "while true do end\nend }))", ETIME, INSTRUCTIONS },
	{ "pattern match", "('a'):rep(2000):find('.-.-.-.-b')",
	  ETIME, INSTRUCTIONS },
	{ "table.move", "table.move({}, 1, 1 << 60, 2)", ETIME, INSTRUCTIONS },
	{ "string.rep of nothing", "while true do (''):rep(1 << 60) end",
	  ETIME, INSTRUCTIONS },
	{ "load", "local s = ('x = 1 '):rep(1000) while true do load(s) end",
	  ETIME, INSTRUCTIONS },
	{ "string that doubles",
	  "local s = 'x' while true do s = s .. s end", ENOMEM, MEMORY },
	{ "string at once", "s = ('x'):rep(1 << 30)", ENOMEM, MEMORY },
	{ "data at once", "d = require('data').new(1 << 20)", ENOMEM, MEMORY },
	{ "table", "local t = {} while true do t[#t + 1] = #t end",
	  ENOMEM, MEMORY },
	{ "coroutines",
	  "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
	  ENOMEM, MEMORY },
	{ "recursion", "local function f() return 1 + f() end f()",
	  ENOMEM, MEMORY },
	{ "recursion through pcall",
	  "local function f() local ok, e = pcall(f) error(e, 0) end f()",
	  EINVAL, "overflow" },
	{ "recursion through gsub",
	  "local function f(s) return (s:gsub('.', f)) end f('x')",
	  EINVAL, "overflow" },
	{ "recursion through a metamethod",
	  "local t = setmetatable({}, {})\n"
	  "getmetatable(t).__index = function(t, k) return t[k] end\n"
	  "local x = t.x", EINVAL, "overflow" },
	{ "recursion through coroutines",
	  "local function f()\n"
	  "	local ok, why = coroutine.resume(coroutine.create(f))\n"
	  "	if not ok then error(why, 0) end\n"
	  "end f()",
	  EINVAL, "overflow" },
	{ "recursion in the compiler",
	  "assert(load('return ' .. ('('):rep(500) .. '1' .. (')'):rep(500)))",
	  EINVAL, "overflow" },
};

TEST_F(lua, a_script_that_wants_too_much_is_not_loaded)
{
	const struct excess *e;

	ASSERT_EQ(0, lua_attach(self->pair.fd));
	for (e = excesses; e < excesses + ARRAY_SIZE(excesses); e++) {
		EXPECT_EQ(-e->err, lua_load(self->pair.fd, e->lua)) {
			TH_LOG("the case was: %s", e->name);
		}
		EXPECT_NE(NULL, strstr(lua_error(self->pair.fd), e->error)) {
			TH_LOG("%s: expected '...%s...', seen '%s'", e->name,
			       e->error, lua_error(self->pair.fd));
		}
	}
}

TEST_F(lua, a_script_that_wants_too_much_passes_nothing)
{
	const struct excess *e;
	char c;

	for (e = excesses; e < excesses + ARRAY_SIZE(excesses); e++) {
		char body[512];
		int i;

		snprintf(body, sizeof(body), "%s; return true", e->lua);
		JUDGED_BY(body);
		ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
		for (i = 0; i < 2; i++) {
			EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, 0));
			EXPECT_EQ(EIO, errno);
		}
		EXPECT_NE(NULL, strstr(lua_error(self->pair.fd), e->error)) {
			TH_LOG("%s: expected '...%s...', seen '%s'", e->name,
			       e->error, lua_error(self->pair.fd));
		}
	}
}

TEST_F(lua, a_replacement_is_bounded_by_memory)
{
	char c;

	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true, ('x'):rep(1 << 20)"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, 0));
	EXPECT_EQ(EIO, errno);
	EXPECT_STREQ("script:1: " MEMORY, lua_error(self->pair.fd));
}

/* A third of what is allowed, four times. */
TEST_F(lua, instructions_count_for_each_call)
{
	char c;
	int i;

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "for i = 1, 66000 do end return true"));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
		EXPECT_EQ(1, recv(self->pair.fd, &c, 1, 0));
	}
}

TEST_F(lua, memory_counts_for_the_whole_life_of_a_connection)
{
	ssize_t n;
	char c;
	int i;

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "kept = kept or {}\n"
			       "kept[#kept + 1] = ('x'):rep(50000) .. #kept\n"
			       "return true"));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
		n = recv(self->pair.fd, &c, 1, 0);
		if (n < 0)
			break;
	}
	EXPECT_LE(2, i);
	EXPECT_GE(5, i);
	EXPECT_EQ(EIO, errno);
	EXPECT_STREQ("script:2: " MEMORY, lua_error(self->pair.fd));
}

TEST_F(lua, garbage_is_collected_before_memory_runs_out)
{
	char c;
	int i;

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "local s = ('x'):rep(50000) .. size return true"));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
		EXPECT_EQ(1, recv(self->pair.fd, &c, 1, 0));
	}
}

TEST_F(lua, an_endless_script_does_not_hold_a_reader_for_long)
{
	struct timespec from, to;
	char c;

	/* The default. */
	ASSERT_EQ(0, lua_write_file("/proc/sys/net/lua/max_instructions",
				    "1000000"));
	ASSERT_EQ(0, lua_judge(self->pair.fd, "while true do end"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	clock_gettime(CLOCK_MONOTONIC, &from);
	EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, 0));
	EXPECT_EQ(EIO, errno);
	clock_gettime(CLOCK_MONOTONIC, &to);
	EXPECT_GE(5, to.tv_sec - from.tv_sec);
	EXPECT_STREQ("script:1: instruction limit (1000000) reached",
		     lua_error(self->pair.fd));
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Each would run for hours; the collector and the matcher, too, can be ended. */
static const char *const endless[] = {
	"while true do end",
	"while true do pcall(function() while true do end\nend) end",
	"('a'):rep(20000):find(('.-'):rep(9) .. 'b')",
	"local t = {} for i = 1, 100000 do t[i] = {} end\n"
	"while true do collectgarbage() end",
	"local t = setmetatable({}, { __mode = 'k' }) local k = {}\n"
	"for i = 1, 50000 do k[i] = {} end\n"
	"for i = 1, 49999 do t[k[i]] = k[i + 1] end k = k[1]\n"
	"while true do collectgarbage() end",
	"local s = ('x'):rep(1 << 20) while true do s:upper() end",
};

TEST_F(lua, a_killed_process_ends_in_the_middle_of_its_script)
{
	size_t i;

	ASSERT_EQ(0, lua_write_file("/proc/sys/net/lua/max_instructions",
				    "1000000000"));
	ASSERT_EQ(0, lua_write_file("/proc/sys/net/lua/max_memory", "33554432"));
	for (i = 0; i < ARRAY_SIZE(endless); i++) {
		double killed;
		int status;
		pid_t pid;
		char c;

		lua_pair_close(&self->pair);
		ASSERT_EQ(0, lua_judge(self->listener, endless[i]));
		ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
		ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
		pid = fork();
		if (!pid) {
			recv(self->pair.fd, &c, 1, 0);
			_exit(0);
		}
		sleep(1);
		killed = seconds();
		EXPECT_EQ(0, kill(pid, SIGKILL));
		EXPECT_EQ(pid, waitpid(pid, &status, 0));
		TH_LOG("%.3f s after SIGKILL: %.40s", seconds() - killed, endless[i]);
		EXPECT_GT(2, seconds() - killed);
		EXPECT_TRUE(WIFSIGNALED(status)) {
			TH_LOG("ended before it was killed: %s", endless[i]);
		}

		/* What it had begun is not passed to who reads next. */
		EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, MSG_DONTWAIT));
		EXPECT_EQ(EIO, errno);
		EXPECT_NE(NULL, strstr(lua_error(self->pair.fd),
				       "interrupted by a fatal signal"));
	}
}

TEST_HARNESS_MAIN
