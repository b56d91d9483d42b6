// SPDX-License-Identifier: GPL-2.0
/*
 * SS_LUA_LOG: what a script prints, its socket's owner can read.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lua_families.h"

/* What is there to read, as far as @room goes, with a NUL. */
static const char *read_log(int fd, socklen_t room)
{
	static char text[2 * SS_LUA_LOG_MAX + 1];

	if (getsockopt(fd, SOL_LUA, SS_LUA_LOG, text, &room))
		return strerror(errno);
	text[room] = '\0';
	return text;
}

static const char *log_of(int fd)
{
	return read_log(fd, 2 * SS_LUA_LOG_MAX);
}

/* Let the script judge something. */
static void judge(struct __test_metadata *_metadata, struct lua_pair *pair)
{
	char c;

	ASSERT_EQ(0, lua_puts(pair->peer, "x"));
	ASSERT_EQ(1, recv(pair->fd, &c, 1, 0));
}

TEST_F(lua, a_line_for_each_print)
{
	JUDGED_BY("print('a', 1, nil, true) print() print('b\\nc') return true");
	EXPECT_STREQ("", log_of(self->pair.fd));
	judge(_metadata, &self->pair);
	EXPECT_STREQ("a\t1\tnil\ttrue\n\nb\nc\n", log_of(self->pair.fd));
}

TEST_F(lua, what_was_read_is_gone)
{
	JUDGED_BY("n = (n or 0) + 1 print('call', n) return true");
	judge(_metadata, &self->pair);
	judge(_metadata, &self->pair);
	EXPECT_STREQ("call\t1\ncall\t2\n", log_of(self->pair.fd));
	EXPECT_STREQ("", log_of(self->pair.fd));
	judge(_metadata, &self->pair);
	EXPECT_STREQ("call\t3\n", log_of(self->pair.fd));
}

TEST_F(lua, what_does_not_fit_is_read_next)
{
	ASSERT_EQ(0, lua_script(self->pair.fd, "print('one') print('two')\n"
				"function process() end"));
	EXPECT_STREQ("on", read_log(self->pair.fd, 2));
	EXPECT_STREQ("e\ntw", read_log(self->pair.fd, 4));
	EXPECT_STREQ("o\n", read_log(self->pair.fd, 4));
	EXPECT_STREQ("", read_log(self->pair.fd, 4));
}

TEST_F(lua, what_could_not_be_written_stays)
{
	socklen_t len = 100;

	ASSERT_EQ(0, lua_script(self->pair.fd, "print('kept') function process() end"));
	EXPECT_EQ(-1, getsockopt(self->pair.fd, SOL_LUA, SS_LUA_LOG, (void *)8, &len));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_STREQ("kept\n", log_of(self->pair.fd));
}

TEST_F(lua, loading_prints_even_if_it_fails)
{
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	EXPECT_EQ(-EINVAL, lua_load(self->pair.fd, "print('so far') error('no')"));
	EXPECT_STREQ("so far\n", log_of(self->pair.fd));
}

TEST_F(lua, each_socket_has_its_own)
{
	struct lua_pair other;

	ASSERT_EQ(0, lua_judge(self->listener, "print(tostring(data)) return true"));
	ASSERT_EQ(0, lua_load(self->listener, "print('main')\n"
			      "function process(data) print(tostring(data)) return true end"));
	lua_pair_close(&self->pair);
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	ASSERT_EQ(0, lua_pair_accept(&other, self->listener));
	judge(_metadata, &self->pair);
	EXPECT_STREQ("main\n", log_of(self->listener));
	EXPECT_STREQ("main\nx\n", log_of(self->pair.fd));
	EXPECT_STREQ("", log_of(other.fd));
	lua_pair_close(&other);
}

TEST_F(lua, the_oldest_lines_make_room)
{
	const char *text;
	int first, last;

	ASSERT_EQ(0, lua_script(self->pair.fd,
				"for i = 1, 2000 do print(('%04d'):format(i)) end\n"
				"function process() end"));
	text = log_of(self->pair.fd);
	/* Whole lines, the last ones, as many as there is room for. */
	EXPECT_LE(SS_LUA_LOG_MAX - 10, strlen(text));
	EXPECT_GE(SS_LUA_LOG_MAX, strlen(text));
	EXPECT_EQ(0, strlen(text) % 5);
	first = atoi(text);
	last = atoi(text + strlen(text) - 5);
	EXPECT_EQ(2000, last);
	EXPECT_EQ(strlen(text) / 5, last - first + 1);
}

TEST_F(lua, a_long_line_is_cut)
{
	const char *text;

	ASSERT_EQ(0, lua_script(self->pair.fd,
				"print(('a'):rep(100000)) print(('b'):rep(1023))\n"
				"print('c') function process() end"));
	text = log_of(self->pair.fd);
	EXPECT_EQ(1023, strspn(text, "a"));
	EXPECT_EQ('\n', text[1023]);
	EXPECT_EQ(1023, strspn(text + 1024, "b"));
	EXPECT_STREQ("\nc\n", text + 2047);
}

TEST_F(lua, any_byte_can_be_printed)
{
	socklen_t len = 16;
	char text[16];

	ASSERT_EQ(0, lua_script(self->pair.fd, "print('a\\0\\255') function process() end"));
	ASSERT_EQ(0, getsockopt(self->pair.fd, SOL_LUA, SS_LUA_LOG, text, &len));
	ASSERT_EQ(4, len);
	EXPECT_EQ(0, memcmp(text, "a\0\377\n", 4));
}

TEST_F(lua, printing_for_ever_hits_the_limit_and_keeps_the_last)
{
	long before = lua_counter("LuaPrints");
	char c;

	JUDGED_BY("while true do print(('x'):rep(1000)) end");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, 0));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(1000, strspn(log_of(self->pair.fd), "x"));
	EXPECT_LT(before + 100, lua_counter("LuaPrints"));
}

TEST_F(lua, nothing_printed_reads_as_nothing)
{
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	EXPECT_STREQ("", log_of(self->pair.fd));
}

TEST_HARNESS_MAIN
