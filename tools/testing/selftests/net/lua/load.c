// SPDX-License-Identifier: GPL-2.0
/*
 * The options of level SOL_LUA: what they take, what they give, and that a set
 * that fails changes nothing but the text of SS_LUA_ERROR.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "lua_families.h"

#define OLD_SCRIPT "function process() return true, 'old' end"
#define HAS_PROCESS "function process() return true, 'new' end "

#define TEXT(string) .text = (string), .len = sizeof(string) - 1
#define TEN "f123456789"
#define OPEN "((((((((((((((((((((((((((((((((((((((((((((((((((("

/**
 * struct bad_script - a script that a socket does not take
 * @name: what is wrong with it
 * @text: script
 * @len: bytes of it
 * @err: what the set fails with
 * @or_err: another error that is as good, or 0
 * @error: what SS_LUA_ERROR begins with
 * @contains: what it says further on
 */
struct bad_script {
	const char *name;
	const char *text;
	size_t len;
	int err;
	int or_err;
	const char *error;
	const char *contains;
};

static const struct bad_script bad_scripts[] = {
	{ "empty", TEXT(""), EINVAL },
	{ "syntax error", TEXT("function process("),
	  EINVAL, 0, "script:1: ", "expected near" },
	{ "syntax error in line 3", TEXT("x = 1\n\nx = = 2\n"),
	  EINVAL, 0, "script:3: ", "unexpected symbol" },
	{ "not Lua", TEXT("#include <stdio.h>"), EINVAL, 0, "script:1: " },
	{ "runtime error", TEXT(HAS_PROCESS "\nnowhere.x = 1"),
	  EINVAL, 0, "script:2: ", "nil value (global 'nowhere')" },
	{ "error()", TEXT(HAS_PROCESS "error('enough')"),
	  EINVAL, 0, "script:1: enough" },
	{ "error without a text", TEXT(HAS_PROCESS "error({})"),
	  EINVAL, 0, "(error object is a table value)" },
	{ "endless loop", TEXT(HAS_PROCESS "while true do end"),
	  ETIME, 0, "script:1: ", "instruction limit" },
	{ "endless loop in pcall",
	  TEXT(HAS_PROCESS "while true do pcall(error) end"),
	  ETIME, 0, "script:1: ", "instruction limit" },
	{ "endless pattern match",
	  TEXT(HAS_PROCESS "('a'):rep(2000):find('.-.-.-.-b')"),
	  ETIME, 0, "script:1: ", "instruction limit" },
	{ "memory bomb",
	  TEXT(HAS_PROCESS "local s = 'x' while true do s = s .. s end"),
	  ENOMEM, 0, "script:1: ", "memory limit" },
	{ "memory bomb at once", TEXT(HAS_PROCESS "s = ('x'):rep(1 << 30)"),
	  ENOMEM, 0, "script:1: ", "memory limit" },
	{ "deep recursion",
	  TEXT(HAS_PROCESS "local function f() return 1 + f() end f()"),
	  EINVAL, ENOMEM, "script:1: " },
	{ "deep recursion in C",
	  TEXT(HAS_PROCESS "local function f() return pcall(f) and 1 end\n"
	       "local function g(s) return s:gsub('.', g) end g('x')"),
	  EINVAL, ENOMEM, "script:", "overflow" },
	{ "deep nesting", TEXT("x = " OPEN OPEN OPEN OPEN), EINVAL },
	{ "binary chunk", TEXT("\x1bLua\x53\x00\x19\x93\r\n\x1a\n"),
	  EINVAL, 0, "", "binary" },
	{ "NUL byte at the end", TEXT(HAS_PROCESS "\0"), EINVAL },
	{ "NUL byte in a string", TEXT(HAS_PROCESS "x = 'a\0b'"), EINVAL },
	{ "NUL byte in a comment", TEXT(HAS_PROCESS "-- a\0b"), EINVAL },
	{ "only NUL bytes", TEXT("\0\0\0\0"), EINVAL },
	{ "entry point lost", TEXT("function another() return true end"),
	  ENOENT, 0, "", "'process'" },
	{ "entry point not a function", TEXT("process = 'process'"),
	  ENOENT, 0, "", "'process'" },
	{ "finalizer",
	  TEXT(HAS_PROCESS "setmetatable({}, { __gc = print })"),
	  EINVAL, 0, "script:1: ", "__gc" },
	{ "fraction", TEXT(HAS_PROCESS "x = 1.5"), EINVAL, 0, "script:1: " },
	{ "division", TEXT(HAS_PROCESS "x = 3 / 2"),
	  EINVAL, 0, "script:1: ", "//" },
	{ "library that is not there", TEXT(HAS_PROCESS "require 'os'"),
	  EINVAL, 0, "script:1: ", "'os' not found" },
	{ "bytecode by load",
	  TEXT(HAS_PROCESS "assert(load('\\27Lua', 'x', 'b'))"),
	  EINVAL, 0, "" },
	{ "call of a system library", TEXT(HAS_PROCESS "os.exit()"),
	  EINVAL, 0, "script:1: ", "global 'os'" },
};

static const char *get_text(int fd, int option)
{
	static char text[2][4096];
	static int which;
	socklen_t len = sizeof(text[0]) - 1;
	char *to = text[which++ % 2];

	memset(to, 0, sizeof(text[0]));
	if (getsockopt(fd, SOL_LUA, option, to, &len))
		snprintf(to, sizeof(text[0]), "%s", strerror(errno));
	return to;
}

/* One message in, what comes out. */
static const char *answer(struct lua_pair *pair)
{
	static char buf[64];
	ssize_t n;

	if (lua_puts(pair->peer, "?"))
		return "not sent";
	n = recv(pair->fd, buf, sizeof(buf) - 1, 0);
	if (n < 0)
		return strerror(errno);
	buf[n] = '\0';
	return buf;
}

TEST_F(lua, a_bad_script_is_refused_and_the_old_one_goes_on)
{
	const struct bad_script *s;

	ASSERT_EQ(0, lua_script(self->pair.fd, OLD_SCRIPT));
	for (s = bad_scripts; s < bad_scripts + ARRAY_SIZE(bad_scripts); s++) {
		int fd = self->pair.fd;
		int err = -lua_load_bytes(fd, s->text, s->len);

		EXPECT_TRUE(err && (err == s->err || err == s->or_err)) {
			TH_LOG("%s: expected %s, seen %s", s->name,
			       strerror(s->err), strerror(err));
		}
		EXPECT_EQ(0, strncmp(lua_error(fd), s->error ?: "",
				     strlen(s->error ?: ""))) {
			TH_LOG("%s: expected '%s...', seen '%s'", s->name,
			       s->error, lua_error(fd));
		}
		EXPECT_NE(NULL, strstr(lua_error(fd), s->contains ?: "")) {
			TH_LOG("%s: expected '...%s...', seen '%s'", s->name,
			       s->contains, lua_error(fd));
		}
		EXPECT_STREQ("old", answer(&self->pair)) {
			TH_LOG("the case was: %s", s->name);
		}
		EXPECT_STREQ(OLD_SCRIPT, get_text(fd, SS_LUA_LOADSCRIPT));
		EXPECT_STREQ("process", get_text(fd, SS_LUA_ENTRYPOINT));
		if (!err)
			ASSERT_EQ(0, lua_load(fd, OLD_SCRIPT));
	}
}

TEST_F(lua, a_bad_script_leaves_a_socket_without_script_plain)
{
	const struct bad_script *s;
	int fd = self->pair.fd;

	ASSERT_EQ(0, lua_attach(fd));
	for (s = bad_scripts; s < bad_scripts + ARRAY_SIZE(bad_scripts); s++) {
		int err = lua_load_bytes(fd, s->text, s->len);

		/* Without an entry point none is missing. */
		EXPECT_EQ(s->err == ENOENT, !err) {
			TH_LOG("the case was: %s", s->name);
		}
		EXPECT_STREQ("?", answer(&self->pair));
	}
}

struct bad_entry {
	const char *name;
	const char *text;
	size_t len;
	int err;
};

static const struct bad_entry bad_entries[] = {
	{ "empty", TEXT(""), EINVAL },
	{ "an empty string", TEXT("\0"), EINVAL },
	{ "missing", TEXT("Process"), ENOENT },
	{ "not a function", TEXT("limit"), ENOENT },
	{ "a table with __call", TEXT("callable"), ENOENT },
	{ "a path", TEXT("string.find"), ENOENT },
	{ "an expression", TEXT("process or nil"), ENOENT },
	{ "found by a metatable only", TEXT("phantom"), ENOENT },
	{ "64 bytes", TEXT(TEN TEN TEN TEN TEN TEN "1234"), EMSGSIZE },
	{ "200 bytes", TEXT(TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
			    TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN),
	  EMSGSIZE },
};

#define MANY_NAMES OLD_SCRIPT " limit = 3 "				\
	"callable = setmetatable({}, { __call = function() end }) "	\
	"setmetatable(_G, { __index = function() return print end })"

TEST_F(lua, a_bad_entry_point_is_refused_and_the_old_one_goes_on)
{
	const struct bad_entry *e;

	ASSERT_EQ(0, lua_script(self->pair.fd, MANY_NAMES));
	for (e = bad_entries; e < bad_entries + ARRAY_SIZE(bad_entries); e++) {
		int err = setsockopt(self->pair.fd, SOL_LUA, SS_LUA_ENTRYPOINT,
				     e->text, e->len) ? errno : 0;

		EXPECT_EQ(e->err, err) {
			TH_LOG("the case was: %s", e->name);
		}
		EXPECT_STREQ("process", get_text(self->pair.fd,
						 SS_LUA_ENTRYPOINT));
		EXPECT_STREQ("old", answer(&self->pair));
		if (e->err == ENOENT)
			EXPECT_NE(NULL, strstr(lua_error(self->pair.fd),
					       e->text));
	}
}

TEST_F(lua, an_entry_point_of_63_bytes_is_taken)
{
	static const char name[] = TEN TEN TEN TEN TEN TEN "123";
	char script[256];

	ASSERT_EQ(63, strlen(name));
	snprintf(script, sizeof(script),
		 "function %s() return true, 'long' end", name);
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	ASSERT_EQ(0, lua_load(self->pair.fd, script));
	ASSERT_EQ(0, lua_entry(self->pair.fd, name));
	EXPECT_STREQ(name, get_text(self->pair.fd, SS_LUA_ENTRYPOINT));
	EXPECT_STREQ("long", answer(&self->pair));
}

TEST_F(lua, an_entry_point_is_taken_with_its_nul)
{
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	ASSERT_EQ(0, lua_load(self->pair.fd, OLD_SCRIPT));
	EXPECT_EQ(0, setsockopt(self->pair.fd, SOL_LUA, SS_LUA_ENTRYPOINT,
				"process", sizeof("process")));
	EXPECT_STREQ("old", answer(&self->pair));
}

TEST_F(lua, an_entry_point_needs_a_script)
{
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	EXPECT_EQ(-ENOENT, lua_entry(self->pair.fd, "process"));
	EXPECT_NE(0, lua_error(self->pair.fd)[0]);
	EXPECT_STREQ("", get_text(self->pair.fd, SS_LUA_ENTRYPOINT));
}

#define OTHER_FUNCTION " function other() return true, 'other' end"

TEST_F(lua, another_entry_point_judges_from_then_on)
{
	ASSERT_EQ(0, lua_script(self->pair.fd, OLD_SCRIPT OTHER_FUNCTION));
	EXPECT_STREQ("old", answer(&self->pair));
	EXPECT_EQ(0, lua_entry(self->pair.fd, "other"));
	EXPECT_STREQ("other", answer(&self->pair));
	EXPECT_EQ(-ENOENT, lua_load(self->pair.fd, OLD_SCRIPT));
	EXPECT_STREQ("other", answer(&self->pair));
}

TEST_F(lua, a_script_without_entry_point_leaves_tcp_alone)
{
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	EXPECT_STREQ("?", answer(&self->pair));
	ASSERT_EQ(0, lua_load(self->pair.fd, "function process() return false end"));
	EXPECT_STREQ("?", answer(&self->pair));
	EXPECT_STREQ("", get_text(self->pair.fd, SS_LUA_ENTRYPOINT));
}

TEST_F(lua, what_a_script_does_when_it_is_loaded_stays)
{
	static const char script[] =
		"local t = {} for i = 1, 10 do t[i] = i * i end\n"
		"local text = table.concat(t, ',')\n"
		"function process() return true, text end";

	ASSERT_EQ(0, lua_script(self->pair.fd, script));
	EXPECT_STREQ("1,4,9,16,25,36,49,64,81,100", answer(&self->pair));
}

TEST_F(lua, a_script_over_the_limit_is_refused)
{
	static char script[65537];

	memset(script, ' ', sizeof(script));
	ASSERT_EQ(0, lua_script(self->pair.fd, OLD_SCRIPT));
	EXPECT_EQ(-EMSGSIZE, lua_load_bytes(self->pair.fd, script, 65537));
	EXPECT_EQ(-EMSGSIZE, lua_load_bytes(self->pair.fd, script, INT_MAX));
	EXPECT_EQ(-EINVAL, lua_load_bytes(self->pair.fd, script, UINT_MAX));
	EXPECT_STREQ("old", answer(&self->pair));

	memcpy(script, HAS_PROCESS, strlen(HAS_PROCESS));
	EXPECT_EQ(0, lua_load_bytes(self->pair.fd, script, 65536));
	EXPECT_STREQ("new", answer(&self->pair));
}

TEST_F(lua, a_bad_pointer_is_refused)
{
	void *bad = (void *)8;
	int fd = self->pair.fd;
	char room[64];
	socklen_t len;
	int option;

	ASSERT_EQ(0, lua_script(fd, OLD_SCRIPT));
	EXPECT_EQ(-EFAULT, lua_load_bytes(fd, bad, 10));
	EXPECT_EQ(-EFAULT, lua_load_bytes(fd, NULL, 10));
	EXPECT_EQ(-1, setsockopt(fd, SOL_LUA, SS_LUA_ENTRYPOINT, bad, 10));
	EXPECT_EQ(EFAULT, errno);
	for (option = SS_LUA_LOADSCRIPT; option <= SS_LUA_ERROR; option++) {
		len = 64;
		EXPECT_EQ(-1, getsockopt(fd, SOL_LUA, option, bad, &len));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(-1, getsockopt(fd, SOL_LUA, option, room, bad));
		EXPECT_EQ(EFAULT, errno);
	}
	EXPECT_STREQ("old", answer(&self->pair));
}

TEST_F(lua, an_unknown_option_is_refused)
{
	static const int unknown[] = { 0, 99, -1, INT_MAX };
	char value[64] = "process";
	unsigned int i;

	ASSERT_EQ(0, lua_script(self->pair.fd, OLD_SCRIPT));
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		socklen_t len = sizeof(value);

		EXPECT_EQ(-1, setsockopt(self->pair.fd, SOL_LUA, unknown[i],
					 value, sizeof(value)));
		EXPECT_EQ(ENOPROTOOPT, errno);
		EXPECT_EQ(-1, getsockopt(self->pair.fd, SOL_LUA, unknown[i],
					 value, &len));
		EXPECT_EQ(ENOPROTOOPT, errno);
	}
	EXPECT_EQ(-1, setsockopt(self->pair.fd, SOL_LUA, SS_LUA_ERROR, value,
				 sizeof(value)));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_STREQ("old", answer(&self->pair));
}

TEST_F(lua, a_get_needs_room)
{
	static const int lengths[] = { 0, -1, INT_MIN };
	char value[64];
	unsigned int i;
	int option;

	ASSERT_EQ(0, lua_script(self->pair.fd, OLD_SCRIPT));
	for (option = SS_LUA_LOADSCRIPT; option <= SS_LUA_ERROR; option++) {
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			socklen_t len = lengths[i];

			EXPECT_EQ(-1, getsockopt(self->pair.fd, SOL_LUA, option,
						 value, &len));
			EXPECT_EQ(EINVAL, errno);
		}
	}
}

TEST_F(lua, a_get_says_how_much_it_wrote)
{
	char value[64];
	socklen_t len;
	int fd = self->pair.fd;

	ASSERT_EQ(0, lua_script(fd, OLD_SCRIPT));
	len = sizeof(value);
	ASSERT_EQ(0, getsockopt(fd, SOL_LUA, SS_LUA_LOADSCRIPT, value, &len));
	EXPECT_EQ(strlen(OLD_SCRIPT), len);
	len = sizeof(value);
	ASSERT_EQ(0, getsockopt(fd, SOL_LUA, SS_LUA_ENTRYPOINT, value, &len));
	EXPECT_EQ(sizeof("process"), len);
	len = sizeof(value);
	ASSERT_EQ(0, getsockopt(fd, SOL_LUA, SS_LUA_ERROR, value, &len));
	EXPECT_EQ(1, len);
	EXPECT_EQ('\0', value[0]);

	len = 10;
	EXPECT_EQ(-1, getsockopt(fd, SOL_LUA, SS_LUA_LOADSCRIPT, value, &len));
	EXPECT_EQ(EMSGSIZE, errno);
}

TEST_F(lua, a_message_that_does_not_fit_is_cut)
{
	char value[64];
	socklen_t len = 10;

	ASSERT_EQ(0, lua_attach(self->pair.fd));
	ASSERT_EQ(-EINVAL, lua_load(self->pair.fd, "error('a long message')"));
	memset(value, 'x', sizeof(value));
	ASSERT_EQ(0, getsockopt(self->pair.fd, SOL_LUA, SS_LUA_ERROR, value,
				&len));
	EXPECT_EQ(10, len);
	EXPECT_STREQ("script:1:", value);
	EXPECT_EQ('x', value[10]);
}

TEST_F(lua, a_long_message_is_cut_to_its_maximum)
{
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	ASSERT_EQ(-EINVAL, lua_load(self->pair.fd, "error(('m'):rep(9999))"));
	EXPECT_EQ(SS_LUA_ERROR_MAX - 1, strlen(lua_error(self->pair.fd)));
}

TEST_F(lua, a_successful_set_clears_the_error)
{
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	EXPECT_STREQ("", lua_error(self->pair.fd));
	ASSERT_EQ(-EINVAL, lua_load(self->pair.fd, "="));
	EXPECT_NE(0, lua_error(self->pair.fd)[0]);
	ASSERT_EQ(0, lua_load(self->pair.fd, OLD_SCRIPT));
	EXPECT_STREQ("", lua_error(self->pair.fd));
}

TEST_F(lua, a_new_script_judges_a_live_connection_from_then_on)
{
	ASSERT_EQ(0, lua_script(self->pair.fd, OLD_SCRIPT));
	EXPECT_STREQ("old", answer(&self->pair));
	EXPECT_EQ(0, lua_load(self->pair.fd, HAS_PROCESS));
	EXPECT_STREQ("new", answer(&self->pair));
	EXPECT_STREQ(HAS_PROCESS, get_text(self->pair.fd, SS_LUA_LOADSCRIPT));
}

TEST_F(lua, a_new_script_starts_with_fresh_globals)
{
	static const char script[] =
		"count = (count or 0) + 1\n"
		"function process() count = count + 1\n"
		"return true, 'count ' .. count end";

	ASSERT_EQ(0, lua_script(self->pair.fd, script));
	EXPECT_STREQ("count 2", answer(&self->pair));
	EXPECT_STREQ("count 3", answer(&self->pair));
	ASSERT_EQ(0, lua_load(self->pair.fd, script));
	EXPECT_STREQ("count 2", answer(&self->pair));
}

TEST_F(lua, a_new_script_judges_what_the_old_one_held_back)
{
	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true, 0"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "held"));
	EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true"));
	EXPECT_TRUE(lua_readable(self->pair.fd));
}

TEST_HARNESS_MAIN
