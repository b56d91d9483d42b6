// SPDX-License-Identifier: GPL-2.0
/*
 * A script that waits: more() stops it in the middle of its function until more
 * data is there, over as many calls of the application as that takes. And one
 * that needs to see no more: pass().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/wait.h>

#include "lua_families.h"

#define AGAIN	strerror(EAGAIN)

/* One read that does not wait, as a text: what was read, or why not. */
static const char *now(struct lua_pair *pair)
{
	static char buf[256];
	ssize_t n;

	if (lua_arrived(pair->peer))
		return "not arrived";
	n = recv(pair->fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);
	if (n < 0)
		return strerror(errno);
	buf[n] = '\0';
	return buf;
}

static const char *after(struct lua_pair *pair, const char *text)
{
	return lua_puts(pair->peer, text) ? "not sent" : now(pair);
}

TEST_F(lua, a_waiting_script_goes_on_with_longer_data)
{
	JUDGED_BY("local head = tostring(data) local n = more(4)\n"
		  "return true, head .. '|' .. tostring(data) .. '|' .. n .. '|' .. #data");
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	EXPECT_STREQ(AGAIN, after(&self->pair, "cd"));
	EXPECT_STREQ(AGAIN, after(&self->pair, "e"));
	EXPECT_STREQ("ab|abcdefg|7|7", after(&self->pair, "fg"));
	/* And the next data is a call of its own. */
	EXPECT_STREQ(AGAIN, after(&self->pair, "AB"));
	EXPECT_STREQ("AB|ABCDEF|6|6", after(&self->pair, "CDEF"));
}

TEST_F(lua, without_a_number_any_byte_will_do)
{
	JUDGED_BY("while not tostring(data):find('\\n') do more() end return true");
	EXPECT_STREQ(AGAIN, after(&self->pair, "a"));
	EXPECT_STREQ(AGAIN, after(&self->pair, "b"));
	EXPECT_STREQ(AGAIN, after(&self->pair, "c"));
	EXPECT_STREQ("abcd\n", after(&self->pair, "d\n"));
}

TEST_F(lua, what_is_waited_for_may_be_in_a_protected_call)
{
	JUDGED_BY("local ok, why = pcall(function() more(2) error('caught', 0) end)\n"
		  "return true, tostring(ok) .. why .. #data");
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	EXPECT_STREQ("falsecaught4", after(&self->pair, "cd"));
}

TEST_F(lua, the_end_of_the_stream_wakes_a_waiting_script)
{
	JUDGED_BY("local n, ended = more(100) return true, n .. tostring(ended)");
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	ASSERT_EQ(0, shutdown(self->pair.peer, SHUT_WR));
	ASSERT_TRUE(lua_readable(self->pair.fd));
	EXPECT_STREQ("2true", now(&self->pair));
	EXPECT_STREQ("", now(&self->pair));
}

TEST_F(lua, what_a_script_refuses_to_judge_at_the_end_is_refused)
{
	JUDGED_BY("more(100) return true, 0");
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	ASSERT_EQ(0, shutdown(self->pair.peer, SHUT_WR));
	ASSERT_TRUE(lua_readable(self->pair.fd));
	EXPECT_STREQ(strerror(ECONNREFUSED), now(&self->pair));
}

TEST_F(lua, poll_does_not_report_what_a_script_waits_with)
{
	JUDGED_BY("more(3) return true");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "ab"));
	EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "cd"));
	EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "e"));
	EXPECT_TRUE(lua_readable(self->pair.fd));
	EXPECT_STREQ("abcde", now(&self->pair));
}

/* The call that is counted is each stretch between two waits. */
TEST_F(lua, each_stretch_has_its_own_instructions)
{
	int i;

	JUDGED_BY("for i = 1, 8 do for j = 1, 100000 do end more() end return true");
	for (i = 0; i < 8; i++)
		EXPECT_STREQ(AGAIN, after(&self->pair, "a"));
	EXPECT_STREQ("aaaaaaaaa", after(&self->pair, "a"));
}

TEST_F(lua, a_failure_after_a_wait_fails_closed)
{
	JUDGED_BY("more(1)\nerror('late')");
	EXPECT_STREQ(AGAIN, after(&self->pair, "a"));
	EXPECT_STREQ(strerror(EIO), after(&self->pair, "b"));
	EXPECT_STREQ("script:2: late", lua_error(self->pair.fd));
	EXPECT_STREQ(strerror(EIO), after(&self->pair, "c"));
}

/* Where Lua cannot wait, and what waits is not the hook. */
static const char * const cannot_wait[] = {
	"coroutine.wrap(function() more() end)()",
	"('x'):gsub('x', function() more() end)",
	"table.sort({ 1, 2, 3 }, function() more() end)",
	"local t = setmetatable({}, { __tostring = function() more() end })\n"
	"tostring(t)",
};

TEST_F(lua, a_wait_that_is_not_possible_is_an_error)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cannot_wait); i++) {
		JUDGED_BY(cannot_wait[i]);
		EXPECT_STREQ(strerror(EIO), after(&self->pair, "a"));
		EXPECT_NE(NULL, strstr(lua_error(self->pair.fd), "cannot wait")) {
			TH_LOG("%s: '%s'", cannot_wait[i],
			       lua_error(self->pair.fd));
		}
	}
}

/* While the main chunk runs there is nothing to judge. */
TEST_F(lua, the_functions_are_for_hooks)
{
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	EXPECT_EQ(-EINVAL, lua_load(self->pair.fd, "more()"));
	EXPECT_NE(NULL, strstr(lua_error(self->pair.fd), "for hooks"));
	EXPECT_EQ(-EINVAL, lua_load(self->pair.fd, "pass()"));
	EXPECT_NE(NULL, strstr(lua_error(self->pair.fd), "for hooks"));
	EXPECT_EQ(0, lua_load(self->pair.fd, "assert(drop() == drop)"));
}

TEST_F(lua, a_segment_of_data_that_grew_is_gone_after_the_call)
{
	JUDGED_BY("if kept then return true, tostring(pcall(tostring, kept)) end\n"
		  "more() kept = data:segment(0) return true");
	EXPECT_STREQ(AGAIN, after(&self->pair, "a"));
	EXPECT_STREQ("ab", after(&self->pair, "b"));
	EXPECT_STREQ("false", after(&self->pair, "c"));
}

TEST_F(lua, a_segment_stays_as_long_as_it_was)
{
	JUDGED_BY("local part = data:segment() more(2)\n"
		  "return true, tostring(part) .. '|' .. tostring(data)");
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	EXPECT_STREQ("ab|abcd", after(&self->pair, "cd"));
}

TEST_F(lua, a_new_script_judges_what_the_old_one_waited_with)
{
	JUDGED_BY("more(100) return true");
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true, 'new ' .. size"));
	EXPECT_STREQ("new 2", now(&self->pair));
}

TEST_F(lua, another_entry_point_judges_what_the_old_one_waited_with)
{
	ASSERT_EQ(0, lua_script(self->pair.fd,
				"function process() more(100) return true end\n"
				"function other(d) return true, 'other ' .. #d end"));
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	ASSERT_EQ(0, lua_entry(self->pair.fd, "other"));
	EXPECT_STREQ("other 2", now(&self->pair));
}

TEST_F(lua, a_script_that_cannot_be_loaded_leaves_the_waiting_one)
{
	JUDGED_BY("more(2) return true");
	EXPECT_STREQ(AGAIN, after(&self->pair, "a"));
	ASSERT_EQ(-EINVAL, lua_load(self->pair.fd, "x x"));
	EXPECT_STREQ("abc", after(&self->pair, "bc"));
}

TEST_F(lua, another_hook_does_not_wake_a_waiting_script)
{
	struct ss_lua_hook hook = { SS_LUA_HOOK_SEND, "send" };

	ASSERT_EQ(0, lua_script(self->pair.fd,
				"function process() more(2) return true end\n"
				"function send() return true end"));
	EXPECT_STREQ(AGAIN, after(&self->pair, "a"));
	ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_LUA, SS_LUA_HOOK, &hook,
				sizeof(hook)));
	EXPECT_STREQ(AGAIN, now(&self->pair));
	EXPECT_STREQ("abc", after(&self->pair, "bc"));
}

/* The waiting state goes with the socket: kmemleak sees if not. */
TEST_F(lua, a_socket_may_be_closed_while_a_script_waits)
{
	const struct linger at_once = { .l_onoff = 1 };

	JUDGED_BY("local t = { data, more(100) } return true");
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	close(self->pair.fd);
	self->pair.fd = -1;

	JUDGED_BY("local t = { data, more(100) } return true");
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_SOCKET, SO_LINGER, &at_once,
				sizeof(at_once)));
	close(self->pair.fd);
	self->pair.fd = -1;
}

TEST_F(lua, a_shutdown_ends_the_wait)
{
	JUDGED_BY("local n, ended = more(100) return true, n .. tostring(ended)");
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	ASSERT_EQ(0, shutdown(self->pair.fd, SHUT_RD));
	EXPECT_STREQ("2true", now(&self->pair));
}

TEST_F(lua, a_reader_that_is_killed_takes_nothing_with_it)
{
	long calls = lua_counter("LuaCalls");
	int status;
	pid_t pid;

	JUDGED_BY("more(2) return true");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "a"));
	pid = fork();
	if (!pid) {
		char c;

		recv(self->pair.fd, &c, 1, 0);
		_exit(0);
	}
	/* Not in the middle of the call: that would be a failure. */
	while (lua_counter("LuaCalls") == calls)
		usleep(1000);
	usleep(10 * LUA_A_WHILE_MS * 1000);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_STREQ("abc", after(&self->pair, "bc"));
}

TEST_F(lua, after_pass_the_script_is_not_called_any_more)
{
	long calls;

	JUDGED_BY("if tostring(data) == 'go' then return pass() end return true");
	EXPECT_STREQ("a", after(&self->pair, "a"));
	EXPECT_STREQ("go", after(&self->pair, "go"));
	calls = lua_counter("LuaCalls");
	EXPECT_STREQ("b", after(&self->pair, "b"));
	EXPECT_STREQ("c", after(&self->pair, "c"));
	EXPECT_EQ(calls, lua_counter("LuaCalls"));
}

TEST_F(lua, pass_of_a_number_skips_so_many_bytes_of_what_comes)
{
	JUDGED_BY("pass(5) return true, '<' .. tostring(data) .. '>'");
	EXPECT_STREQ("<ab>", after(&self->pair, "ab"));
	EXPECT_STREQ("12", after(&self->pair, "12"));
	EXPECT_STREQ("345", after(&self->pair, "345cd"));
	EXPECT_STREQ("<cd>", now(&self->pair));
}

TEST_F(lua, a_new_script_ends_the_pass_of_the_old_one)
{
	JUDGED_BY("return pass()");
	EXPECT_STREQ("a", after(&self->pair, "a"));
	EXPECT_STREQ("b", after(&self->pair, "b"));
	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true, 'judged'"));
	EXPECT_STREQ("judged", after(&self->pair, "c"));
}

TEST_F(lua, dropped_data_is_acknowledged_and_what_follows_comes)
{
	JUDGED_BY("if tostring(data) == 'no' then return drop end return true");
	EXPECT_STREQ(AGAIN, after(&self->pair, "no"));
	EXPECT_STREQ("yes", after(&self->pair, "yes"));
}

/* The example of the manual. */
TEST_F(lua, messages_with_a_length_in_front_can_be_checked)
{
	JUDGED_BY("if size < 2 then more(2 - size) end\n"
		  "local length = string.unpack('>I2', tostring(data:segment(0, 2)))\n"
		  "if length > 1024 then return false, 'message too long' end\n"
		  "pass(2 + length - math.min(#data, 2 + length))\n"
		  "return true, math.min(#data, 2 + length)");
	ASSERT_EQ(0, lua_put(self->pair.peer, "\0", 1));
	EXPECT_STREQ(AGAIN, now(&self->pair));
	ASSERT_EQ(0, lua_put(self->pair.peer, "\3ab", 3));
	EXPECT_EQ(0, memcmp("\0\3ab", now(&self->pair), 5));
	EXPECT_STREQ("c", after(&self->pair, "c"));
	ASSERT_EQ(0, lua_put(self->pair.peer, "\0\1d\0\1e\4\1", 8));
	EXPECT_EQ(0, memcmp("\0\1d", now(&self->pair), 4));
	EXPECT_EQ(0, memcmp("\0\1e", now(&self->pair), 4));
	EXPECT_STREQ(strerror(ECONNREFUSED), now(&self->pair));
	EXPECT_STREQ("message too long", lua_error(self->pair.fd));
}

TEST_HARNESS_MAIN
