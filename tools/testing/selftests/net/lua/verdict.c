// SPDX-License-Identifier: GPL-2.0
/*
 * What a script may answer, and what it may not; what becomes of the data then,
 * and of what follows.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include "lua_families.h"

#define SENT "0123456789abcdef"

/* The body of a script that does something with all of SENT, once. */
#define WITH_ALL "if size < 16 then return true, 0 end "

/**
 * struct answer - what a script returns for SENT, and what comes of it
 * @body: of its function
 * @bytes: what the application reads
 * @err: and then, 0 for the end of the stream
 * @error: part of SS_LUA_ERROR, "" if there is none
 */
struct answer {
	const char *body;
	const char *bytes;
	int err;
	const char *error;
};

static const struct answer answers[] = {
	/* Passed */
	{ "return true", SENT },
	{ "return true, nil", SENT },
	{ "return true, size", SENT },
	{ "return true, #data", SENT },
	{ "return true, size, 7", SENT },
	{ "return true, size, {}", SENT },
	{ "return true, 5", "01234", ECONNREFUSED, "the stream ended" },
	{ "return true, 0", "", ECONNREFUSED, "the stream ended" },

	/* Replaced */
	{ "return true, 'x'", "x" },
	{ "return true, ''", "" },
	{ "return true, '5'", "5" },
	{ "return true, data", SENT },
	{ "return true, data:segment(10)", "abcdef" },
	{ "return true, data:segment(2, 3)", "234" },
	{ "return true, data:segment(2, 3):segment(1, 1)", "3" },
	{ "return true, data:segment(16)", "" },
	{ "return true, require('data').new('new')", "new" },
	{ "return true, tostring(data):reverse()", "fedcba9876543210" },
	{ "return true, size, 'x'", "x" },
	{ "return true, 10, 'x'", "x", ECONNREFUSED, "the stream ended" },
	{ "return true, 10, ''", "", ECONNREFUSED, "the stream ended" },
	{ "return true, 10, data", SENT, ECONNREFUSED, "the stream ended" },
	/* once when it has come, once more as the stream has ended */
	{ "return true, 0, 'x'", "xx", ECONNREFUSED, "the stream ended" },
	{ "pass() return true, 10, 'x'", "xabcdef" },
	{ "pass() return true, 0, 'x'", "x" SENT },
	{ "pass(2) return true, 10, 'x'", "xab", ECONNREFUSED, "the stream ended" },
	{ "return true, 17, 'x'", "", EIO, "passed 17 of 16" },
	{ "return true, -1, 'x'", "", EIO, "passed -1 of 16" },
	{ "return true, 'x', 10", "x" },
	{ "return true, nil, 'x'", SENT },

	/* Dropped */
	{ "return drop", "" },
	{ "return drop()", "" },
	{ "return drop, nil", "" },
	{ "return drop, 16", "" },
	{ "return drop, 10", "", ECONNREFUSED, "the stream ended" },
	{ "return drop, 17", "", EIO, "dropped 17 of 16" },
	{ "return drop, -1", "", EIO, "dropped -1 of 16" },
	{ "return drop, 'x'", "", EIO, "dropped x of 16" },

	/* Passed beforehand */
	{ "return pass()", SENT },
	{ "pass()", SENT },
	{ "pass() return true", SENT },
	{ "pass() return true, 5", SENT },
	{ "pass(11) return true, 5", SENT },
	{ "pass(1 << 62) return true, 5", SENT },
	{ "pass(3) return true, 5", "01234567", ECONNREFUSED, "the stream ended" },
	{ "pass() pass(3) return true, 5", "01234567", ECONNREFUSED,
	  "the stream ended" },
	{ "pass(0) return true, 5", "01234", ECONNREFUSED, "the stream ended" },
	{ "pass() return drop, 6", "6789abcdef" },
	{ "pass(4) return drop, 6", "6789", ECONNREFUSED, "the stream ended" },
	{ "pass() return true, 'x'", "x" },
	{ "pass() return false", "", ECONNREFUSED, "refused" },
	{ "pass() error('no')", "", EIO, "no" },
	{ "pass(-1)", "", EIO, "negative number" },
	{ "pass('x')", "", EIO, "number expected" },
	{ "pass(nil)", "", EIO, "number expected, got nil" },

	/* Wanted */
	{ "more() return true", SENT },
	{ "more(1000) return true", SENT },
	{ "more() more() return true, size", SENT },
	{ "local n, ended = more() return true, n .. tostring(ended)", "16true" },
	{ "more(0)", "", EIO, "out of range" },
	{ "more(-1)", "", EIO, "out of range" },
	{ "more(1 << 31)", "", EIO, "out of range" },
	{ "more('x')", "", EIO, "number expected" },
	{ "more() error('late')", "", EIO, "script:1: late" },
	{ "more() return false, 'late'", "", ECONNREFUSED, "late" },

	/* Refused */
	{ "return false", "", ECONNREFUSED, "refused" },
	{ "return nil", "", ECONNREFUSED, "refused" },
	{ "return", "", ECONNREFUSED, "refused" },
	{ "", "", ECONNREFUSED, "refused" },
	{ "return false, 'no entry'", "", ECONNREFUSED, "no entry" },
	{ "return nil, 'no entry'", "", ECONNREFUSED, "no entry" },
	{ "return nil, 404", "", ECONNREFUSED, "404" },
	{ "return false, {}", "", ECONNREFUSED, "refused" },

	/* Failed */
	{ "return 1", "", EIO, "number" },
	{ "return 0", "", EIO, "number" },
	{ "return 'true'", "", EIO, "string" },
	{ "return {}", "", EIO, "table" },
	{ "return data", "", EIO, "userdata" },
	{ "return print", "", EIO, "function" },
	{ "return more", "", EIO, "function" },
	{ "return true, true", "", EIO, "boolean" },
	{ "return true, {}", "", EIO, "table" },
	{ "return true, process", "", EIO, "function" },
	{ "return true, require('shared').script()", "", EIO,
	  "true and a userdata: expected number, string or data" },
	{ "return true, 10, require('shared').script()", "", EIO,
	  "a number and a userdata: expected string or data" },
	{ "return true, -1", "", EIO, "-1 of" },
	{ "return true, size + 1", "", EIO, "of 16 bytes" },
	{ "return true, 1 << 32", "", EIO, "of 16 bytes" },
	{ "return true, 1 << 63", "", EIO, "of 16 bytes" },
	{ "error('boom')", "", EIO, "script:1: boom" },
	{ "error('boom', 0)", "", EIO, "boom" },
	{ "error({})", "", EIO, "table" },
	{ "error()", "", EIO, "nil" },
	{ "local x = nil + 1", "", EIO, "script:1: attempt" },
	{ "return coroutine.yield(true)", "", EIO, "yield" },
	{ "return true, size // 0", "", EIO, "script:1: " },
};

static struct lua_stream wanted, seen;

static ssize_t by_recv(int fd, char *buf, size_t len)
{
	return recv(fd, buf, len, 0);
}

TEST_F(lua, each_answer_has_its_effect)
{
	const struct answer *a;

	for (a = answers; a < answers + ARRAY_SIZE(answers); a++) {
		char body[512];

		snprintf(body, sizeof(body), "%s%s", WITH_ALL, a->body);
		JUDGED_BY(body);
		ASSERT_EQ(0, lua_send_end(&self->pair, LUA_MANY_SEGMENTS, SENT,
					  strlen(SENT)));
		lua_stream_read(&seen, self->pair.fd, by_recv);

		wanted.len = 0;
		wanted.err = a->err;
		lua_stream_add(&wanted, a->bytes, strlen(a->bytes));
		EXPECT_STREQ(lua_stream_text(&wanted, a->body),
			     lua_stream_text(&seen, a->body));
		EXPECT_NE(NULL, strstr(lua_error(self->pair.fd),
				       a->error ?: "")) {
			TH_LOG("%s: expected '...%s...', seen '%s'", a->body,
			       a->error, lua_error(self->pair.fd));
		}
	}
}

TEST_F(lua, what_passed_before_a_refusal_can_still_be_read)
{
	JUDGED_BY("return not tostring(data):find('bad')");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "good"));
	ASSERT_TRUE(lua_readable(self->pair.fd));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "bad"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_STREQ("good", lua_read_text(self->pair.fd, 0));
	EXPECT_STREQ(strerror(ECONNREFUSED), lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, it_can_be_read_when_the_hook_is_set_again_too)
{
	int n;

	JUDGED_BY("return not tostring(data):find('bad')");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "good"));
	ASSERT_TRUE(lua_readable(self->pair.fd));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "bad"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	/* asks for all there is */
	ASSERT_EQ(0, ioctl(self->pair.fd, FIONREAD, &n));
	EXPECT_EQ(4, n);
	EXPECT_NE(0, lua_info_of(self->pair.fd).flags & SS_LUA_INFO_REFUSED);
	ASSERT_EQ(0, lua_hook(self->pair.fd, SS_LUA_HOOK_RECEIVE, ""));
	ASSERT_EQ(0, lua_hook(self->pair.fd, SS_LUA_HOOK_RECEIVE, "process"));
	EXPECT_STREQ("good", lua_read_text(self->pair.fd, 0));
	EXPECT_STREQ(strerror(ECONNREFUSED), lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, nothing_passes_after_a_refusal)
{
	JUDGED_BY("return tostring(data) ~= 'bad'");
	EXPECT_STREQ(strerror(ECONNREFUSED), lua_pair_exchange(&self->pair, "bad"));
	EXPECT_STREQ(strerror(ECONNREFUSED), lua_pair_exchange(&self->pair, "good"));
	EXPECT_STREQ(strerror(ECONNREFUSED), lua_read_text(self->pair.fd,
							   MSG_DONTWAIT));
	EXPECT_STREQ(strerror(ECONNREFUSED), lua_read_text(self->pair.fd,
							   MSG_PEEK));
}

TEST_F(lua, nothing_passes_after_a_failure)
{
	JUDGED_BY("if tostring(data) == 'bad' then error('no') end return true");
	EXPECT_STREQ("good", lua_pair_exchange(&self->pair, "good"));
	EXPECT_STREQ(strerror(EIO), lua_pair_exchange(&self->pair, "bad"));
	EXPECT_STREQ(strerror(EIO), lua_pair_exchange(&self->pair, "good"));
	EXPECT_STREQ("script:1: no", lua_error(self->pair.fd));
}

TEST_F(lua, a_refused_socket_can_still_send)
{
	JUDGED_BY("return false");
	EXPECT_STREQ(strerror(ECONNREFUSED), lua_pair_exchange(&self->pair, "bad"));
	ASSERT_EQ(0, lua_puts(self->pair.fd, "go away"));
	EXPECT_STREQ("go away", lua_read_text(self->pair.peer, 0));
}

TEST_F(lua, what_is_held_back_is_presented_again_with_what_follows)
{
	JUDGED_BY("seen = (seen or '') .. '[' .. tostring(data) .. ']'\n"
		  "if size >= 5 then return true, seen end return true, 1");
	EXPECT_STREQ("a", lua_pair_exchange(&self->pair, "abc"));
	EXPECT_STREQ("[abc][bcdef]", lua_pair_exchange(&self->pair, "def"));
}

TEST_F(lua, what_follows_a_replaced_part_is_presented_at_once)
{
	JUDGED_BY("return true, 2, '[' .. tostring(data:segment(0, 2)) .. ']'");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "abcdef"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_STREQ("[ab]", lua_read_text(self->pair.fd, 0));
	EXPECT_STREQ("[cd]", lua_read_text(self->pair.fd, MSG_PEEK));
	EXPECT_STREQ("[cd]", lua_read_text(self->pair.fd, 0));
	EXPECT_STREQ("[ef]", lua_read_text(self->pair.fd, MSG_DONTWAIT));
}

TEST_F(lua, a_part_is_replaced_behind_what_was_passed)
{
	char text[8] = "";

	JUDGED_BY("if first then return true, 1, '.' end first = true return true, 3");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "abcde"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_EQ(1, recv(self->pair.fd, text, 1, MSG_WAITALL));
	EXPECT_EQ(4, recv(self->pair.fd, text + 1, 4, MSG_WAITALL));
	EXPECT_STREQ("abc..", text);
	EXPECT_STREQ(strerror(EAGAIN), lua_read_text(self->pair.fd, MSG_DONTWAIT));
}

/* The script sees the same bytes again, with what comes after them. */
TEST_F(lua, bytes_can_be_put_in_front)
{
	JUDGED_BY("if not first then first = true return true, 0, 'head ' end\n"
		  "return true, '<' .. tostring(data) .. '>'");
	EXPECT_STREQ("head ", lua_pair_exchange(&self->pair, "ab"));
	EXPECT_STREQ(strerror(EAGAIN), lua_read_text(self->pair.fd, MSG_DONTWAIT));
	EXPECT_STREQ("<abcd>", lua_pair_exchange(&self->pair, "cd"));
}

TEST_F(lua, the_rest_is_presented_once_more_when_the_stream_ends)
{
	JUDGED_BY("return true, size // 2");
	EXPECT_STREQ("ab", lua_pair_exchange(&self->pair, "abcd"));
	ASSERT_EQ(0, shutdown(self->pair.peer, SHUT_WR));
	EXPECT_STREQ("c", lua_read_text(self->pair.fd, 0));
	EXPECT_STREQ(strerror(ECONNREFUSED), lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, a_rest_that_passes_at_the_end_is_followed_by_the_end)
{
	JUDGED_BY("return true, 1");
	EXPECT_STREQ("a", lua_pair_exchange(&self->pair, "ab"));
	ASSERT_EQ(0, shutdown(self->pair.peer, SHUT_WR));
	EXPECT_STREQ("b", lua_read_text(self->pair.fd, 0));
	EXPECT_STREQ("", lua_read_text(self->pair.fd, 0));
}

/* However the data before it went. */
static const char * const all_gone[] = {
	"return true", "return true, ''", "return true, 'x'",
	"return true, data",
};

TEST_F(lua, the_end_of_the_stream_is_nothing_to_judge)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all_gone); i++) {
		char body[128];

		snprintf(body, sizeof(body),
			 "if size < 4 then error('size ' .. size) end %s",
			 all_gone[i]);
		JUDGED_BY(body);
		ASSERT_EQ(0, lua_send_end(&self->pair, LUA_ONE_SEGMENT, "last",
					  4));
		ASSERT_EQ(0, lua_arrived(self->pair.peer));
		lua_stream_read(&seen, self->pair.fd, by_recv);
		EXPECT_EQ(0, seen.err) {
			TH_LOG("%s: %s", all_gone[i], lua_error(self->pair.fd));
		}
	}
}

TEST_F(lua, globals_last_as_long_as_the_connection)
{
	int i;

	JUDGED_BY("calls = (calls or 0) + 1 return true, 'call ' .. calls");
	for (i = 1; i < 5; i++) {
		char text[16];

		snprintf(text, sizeof(text), "call %d", i);
		EXPECT_STREQ(text, lua_pair_exchange(&self->pair, "?"));
	}
}

TEST_F(lua, the_script_is_told_whether_the_application_waits)
{
	JUDGED_BY("return true, 'nonblock ' .. tostring(nonblock)");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "?"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_STREQ("nonblock false", lua_read_text(self->pair.fd, 0));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "?"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_STREQ("nonblock true", lua_read_text(self->pair.fd, MSG_DONTWAIT));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "?"));
	ASSERT_TRUE(lua_readable(self->pair.fd));
	EXPECT_STREQ("nonblock true", lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, a_script_that_redefines_its_entry_point_changes_nothing)
{
	JUDGED_BY("process = nil return true, 'judged'");
	EXPECT_STREQ("judged", lua_pair_exchange(&self->pair, "a"));
	EXPECT_STREQ("judged", lua_pair_exchange(&self->pair, "b"));
}

TEST_HARNESS_MAIN
