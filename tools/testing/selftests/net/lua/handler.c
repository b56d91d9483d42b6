// SPDX-License-Identifier: GPL-2.0
/*
 * Handlers: one function for all that a connection receives, or sends, which
 * waits in its middle. What comes out must not depend on how the bytes are cut.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lua_variants.h"
#include "lua_ways.h"

/* "NAME = conn.handler(function(c) BODY end)" is the hook @which of @fd. */
static int handle(int fd, unsigned int which, const char *body)
{
	const char *name = which == SS_LUA_HOOK_SEND ? "send" : "process";
	char *script;
	int err = lua_attach(fd);

	if (err && err != -EEXIST)
		return err;
	if (asprintf(&script, "%s = require'conn'.handler(function(c) %s end)",
		     name, body) < 0)
		return -ENOMEM;
	err = lua_load(fd, script) ?: lua_hook(fd, which, name);
	free(script);
	return err;
}

/* A connection whose data a handler judges, from the first byte. */
#define HANDLED_BY(body) do {						\
	lua_pair_close(&self->pair);					\
	ASSERT_EQ(0, handle(self->listener, SS_LUA_HOOK_RECEIVE, body)) { \
		TH_LOG("%s", lua_error(self->listener));		\
	}								\
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));	\
} while (0)

#define EACH_LINE(body)	"while true do "				\
			"local line, why, rest = c:receive('*l') " body " end"

/* Digits say how many bytes follow. */
#define EACH_FRAME(body)						\
	"while true do "						\
	"  local head = c:receive(1) if not head then return end "	\
	"  local n = tonumber(head) " body " "				\
	"end"

#define HTTP_BODIES							\
	"while true do "						\
	"  local length = 0 "						\
	"  repeat "							\
	"    local line = c:receive('*l', 4096) "			\
	"    if not line then return c:refuse('no header') end "	\
	"    length = tonumber(line:match('^[Cc]ontent%-[Ll]ength: *(%d+)$') or length) " \
	"  until line == '' "						\
	"  c:pass(#c + length) "					\
	"end"

/**
 * struct handled - what a handler does with what was sent, to the end
 * @body: the handler's
 * @sent: by the peer
 * @comes: what the application reads
 * @err: and then, 0 for the end of the stream
 * @error: part of SS_LUA_ERROR
 * @answer: what the peer gets
 */
struct handled {
	const char *body;
	const char *sent;
	const char *comes;
	int err;
	const char *error;
	const char *answer;
};

static const struct handled handlers[] = {
	/* receive() */
	{ "local s = c:receive(3) c:replace(#c, '<' .. s .. '>') c:pass()",
	  "abcdef", "<abc>def" },
	{ "local s = c:receive(0) c:replace(1, '<' .. s .. '>') c:pass()",
	  "abcdef", "<>bcdef" },
	{ "local s = c:receive(2) .. c:receive(2) c:replace(#c, s:upper()) c:pass()",
	  "abcdef", "ABCDef" },
	{ "local s, why, rest = c:receive(7) c:replace(#c, tostring(s) .. why .. rest)",
	  "abcdef", "nilclosedabcdef" },
	{ "c:receive(7) local s, why, rest = c:receive(7)\n"
	  "c:replace(#c, tostring(s) .. why .. rest)",
	  "abcdef", "nilclosed" },
	{ "c:receive(-1)", "abc", "", EIO,
	  "script:1: bad argument #1 to 'receive' (number of bytes out of range)" },
	{ "c:receive(1 << 40)", "abc", "", EIO, "script:1: bad argument #1" },
	{ "c:receive('*a')", "abc", "", EIO, "script:1: bad argument #1" },
	{ "c:receive()", "abc", "", EIO, "number expected, got nil" },

	/* receive('*l') */
	{ EACH_LINE("if not line then return c:pass(#c) end\n"
		    "c:replace(#c, '[' .. line .. ']')"),
	  "a\r\n\nb\rc\n\r\r\n\r\nlast", "[a][][b\rc][\r][]last" },
	{ EACH_LINE("if #line > 2 then c:drop(#c) else c:pass(#c) end"),
	  "ab\nabc\r\na\nabcd\nxy\r\n", "ab\na\nxy\r\n" },
	{ "local line, why, rest = c:receive('*l')\n"
	  "c:replace(#c, tostring(line) .. why .. rest)",
	  "abc\r", "nilclosedabc\r" },
	{ "c:replace(1, tostring(c:receive('*l', 3))) c:pass()", "abc\r\n", "abcbc\r\n" },
	{ "c:replace(1, tostring(c:receive('*l', 3))) c:pass()", "abc\n", "abcbc\n" },
	{ "local line, why = c:receive('*l', 3) c:refuse(why)", "abcd\n", "",
	  ECONNREFUSED, "line too long" },
	{ "local line, why = c:receive('*l', 3) c:refuse(why)", "abcdefgh", "",
	  ECONNREFUSED, "line too long" },
	{ "c:receive('*l', 3) c:replace(#c + 1, '.') c:pass()", "abcdefgh", ".bcdefgh" },
	{ "c:receive('*l', -1)", "abc\n", "", EIO, "script:1: bad argument #2" },
	{ "c:receive('*l', {})", "abc\n", "", EIO, "number expected, got table" },

	/* peek() */
	{ "local s = c:peek(3) .. c:receive(2) .. c:peek(1)\n"
	  "c:replace(#c, s) c:pass()", "abcdef", "abcabccdef" },
	{ "local s, why, rest = c:peek(7) c:receive(1)\n"
	  "c:replace(#c, tostring(s) .. why .. rest) c:pass()",
	  "abc", "nilclosedabcbc" },

	/* pass() */
	{ "c:pass()", "abc", "abc" },
	{ "c:receive(2) c:pass()", "abc", "abc" },
	{ "c:pass(2) c:replace(1, 'X') c:pass()", "abcd", "abXd" },
	{ "c:pass(2) local s = c:receive(2) c:replace(#c, s:upper()) c:pass()",
	  "abcdef", "abCDef" },
	{ "c:receive(4) c:pass(2) c:replace(#c, 'X') c:pass()", "abcdef", "abXef" },
	{ EACH_FRAME("c:drop(1) c:pass(n)"), "3abc01x2yz", "abcxyz" },
	{ "c:pass(0) c:pass(1) c:pass(100)", "abc", "abc" },
	{ "c:pass(1 << 62)", "abc", "abc" },
	{ "c:pass(1 << 62) c:pass(1 << 62)", "abc", "abc" },
	{ "c:pass(-1)", "abc", "", EIO, "script:1: bad argument #1 to 'pass'" },
	{ "c:pass(nil)", "abc", "", EIO, "number expected, got nil" },
	{ "c:pass() c:receive(1)", "abc", "", EIO, "script:1: receive() after pass()" },
	{ "c:pass() c:pass()", "abc", "", EIO, "script:1: pass() after pass()" },
	{ "c:pass() c:drop(1)", "abc", "", EIO, "script:1: drop() after pass()" },
	{ "c:pass() c:refuse()", "abc", "", EIO, "script:1: refuse() after pass()" },

	/* drop() */
	{ "c:drop(2) c:pass()", "abcd", "cd" },
	{ "c:receive(3) c:drop(#c) c:pass()", "abcd", "d" },
	{ "c:drop(1) c:drop(1) c:pass(1) c:drop(1) c:pass()", "abcdef", "cef" },
	{ "c:drop(100)", "abc", "" },
	{ "c:drop()", "abc", "", EIO, "number expected, got nil" },

	/* replace() */
	{ "c:replace(2, 'X') c:pass()", "abcd", "Xcd" },
	{ "c:replace(2, '') c:pass()", "abcd", "cd" },
	{ "c:replace(2, 'X') c:replace(1, 'YZ') c:pass()", "abcd", "XYZd" },
	{ "c:replace(100, 'all')", "abc", "all" },
	{ "c:replace(0, 'X')", "abc", "", EIO, "out of range" },
	{ "c:replace(1, data)", "abc", "", EIO,
	  "script:1: bad argument #2 to 'replace' (string expected, got nil)" },

	/* refuse() */
	{ "c:refuse('no')", "abc", "", ECONNREFUSED, "no" },
	{ "c:refuse()", "abc", "", ECONNREFUSED, "the script refused the data" },
	{ "pcall(c.refuse, c, 'no') c:pass()", "abc", "", ECONNREFUSED, "no" },
	{ "c:receive(2) c:pass(#c) c:refuse('no')", "abc", "ab", ECONNREFUSED, "no" },
	{ EACH_FRAME("if n == 2 then c:refuse('two') end c:pass(n + 1)"),
	  "1a3bcd2ef1g", "1a3bcd", ECONNREFUSED, "two" },
	/* what is to be refused must come first */
	{ "c:receive(3) c:pass(#c) c:refuse('no')", "abc", "abc" },

	/* send() */
	{ EACH_FRAME("c:drop(n + 1) c:send(('x'):rep(n))"), "1a3bcd", "", 0, "", "xxxx" },
	{ "c:receive(2) local n = c:send('hello') c:replace(2, '' .. n) c:pass()",
	  "abc", "5c", 0, "", "hello" },
	{ "c:send(7)", "abc", "", EIO,
	  "script:1: bad argument #1 to 'send' (string expected, got number)" },

	/* When it returns */
	{ "", "abc", "", ECONNREFUSED, "the handler has ended" },
	{ "c:receive(3)", "abc", "", ECONNREFUSED, "the handler has ended" },
	{ "c:receive(2) c:pass(1) return true", "abc", "a", ECONNREFUSED,
	  "the handler has ended" },
	{ "c:pass(3)", "abc", "abc" },
	{ "c:pass(3)", "abcd", "abc", ECONNREFUSED, "the handler has ended" },

	/* The examples of the manual */
	{ "local line = c:receive('*l')\n"
	  "if not line or not line:match('^GET ') then return c:refuse('not a GET') end\n"
	  "c:pass()", "GET /\r\n\r\n", "GET /\r\n\r\n" },
	{ "local line = c:receive('*l')\n"
	  "if not line or not line:match('^GET ') then return c:refuse('not a GET') end\n"
	  "c:pass()", "GOT /\r\n\r\n", "", ECONNREFUSED, "not a GET" },
	{ "while true do\n"
	  "  local line = c:receive('*l')\n"
	  "  if not line then return c:pass() end\n"
	  "  if line:match('^#') then c:drop(#c)\n"
	  "  else c:replace(#c, line:upper() .. '\\n') end\n"
	  "end", "one\r\n#two\n\nthree\nfour", "ONE\n\nTHREE\nfour" },
	{ HTTP_BODIES, "POST /\r\nContent-Length: 4\r\n\r\n\r\n\r\nGET /\r\n\r\n",
	  "POST /\r\nContent-Length: 4\r\n\r\n\r\n\r\nGET /\r\n\r\n" },
	{ HTTP_BODIES, "POST /\ncontent-length: 2\n\nabGET /\nHost",
	  "POST /\ncontent-length: 2\n\nab", ECONNREFUSED, "no header" },

	/* Errors */
	{ "error('boom')", "abc", "", EIO, "script:1: boom" },
	{ "c:receive(3)\nerror('late')", "abc", "", EIO, "script:2: late" },
	{ "c:receive(1) c:pass(#c) c:receive(1) error('late')", "abc", "a", EIO, "late" },
	{ "c:pass(1) error('early')", "abc", "a", EIO, "early" },
	{ "c:pass() error('passed')", "abc", "", EIO, "passed" },
	{ "error({})", "abc", "", EIO, "table" },
	{ "local line = c:receive('*l') return line:match('x')", "abc", "", EIO,
	  "script:1: attempt to index a nil value (local 'line')" },
	{ "c:receive(1) while true do end", "abc", "", EIO, "instruction limit" },
	{ "c.receive({}, 1)", "abc", "", EIO, "cannot wait" },
	{ "local ok, s = pcall(c.receive, c, 2) c:replace(#c, s:upper()) c:pass()",
	  "abc", "ABc" },
	{ "coroutine.wrap(function() c:receive(1) end)()", "abc", "", EIO,
	  "script:1: receive() cannot wait in a coroutine" },
	{ "('x'):gsub('x', function() c:receive(1) end)", "abc", "", EIO,
	  "script:1: receive() cannot wait in a coroutine" },
	{ "coroutine.wrap(function() c:refuse() end)() c:pass()", "abc", "", EIO,
	  "script:1: refuse() cannot wait in a coroutine" },
	{ "coroutine.yield()", "abc", "", EIO, "a handler cannot yield" },
};

static struct lua_stream wanted, seen;

static ssize_t by_recv(int fd, char *buf, size_t len)
{
	return recv(fd, buf, len, 0);
}

static const char *answer_to(struct lua_pair *pair)
{
	static char buf[256];
	ssize_t n;

	shutdown(pair->fd, SHUT_WR);
	n = recv(pair->peer, buf, sizeof(buf) - 1, MSG_WAITALL);
	if (n < 0)
		return strerror(errno);
	buf[n] = '\0';
	return buf;
}

TEST_F(lua, what_it_does_has_its_effect)
{
	const struct handled *h;

	for (h = handlers; h < handlers + ARRAY_SIZE(handlers); h++) {
		HANDLED_BY(h->body);
		ASSERT_EQ(0, lua_send_end(&self->pair, variant->how, h->sent,
					  strlen(h->sent)));
		lua_stream_read(&seen, self->pair.fd, by_recv);

		wanted.len = 0;
		wanted.err = h->err;
		lua_stream_add(&wanted, h->comes, strlen(h->comes));
		EXPECT_STREQ(lua_stream_text(&wanted, h->body),
			     lua_stream_text(&seen, h->body));
		EXPECT_NE(NULL, strstr(lua_error(self->pair.fd), h->error ?: "")) {
			TH_LOG("%s: expected '...%s...', seen '%s'", h->body,
			       h->error, lua_error(self->pair.fd));
		}
		EXPECT_STREQ(h->answer ?: "", answer_to(&self->pair)) {
			TH_LOG("%s", h->body);
		}
	}
}

TEST_F(lua, what_it_lets_through_comes_every_way)
{
	unsigned int i;

	for (i = 0; i < lua_num_ways(); i++) {
		HANDLED_BY(EACH_FRAME("if n == 9 then c:refuse('nine') end\n"
				      "if n == 0 then c:drop(1)\n"
				      "elseif n == 3 then c:receive(3) c:replace(#c, 'three')\n"
				      "else c:pass(n + 1) end "));
		ASSERT_EQ(0, lua_send_end(&self->pair, variant->how,
					  "1a03bcd5efghi03xyz2jk9", 22));
		lua_stream_read(&seen, self->pair.fd, lua_ways[i].read);
		wanted.len = 0;
		wanted.err = ECONNREFUSED;
		lua_stream_add(&wanted, "1athree5efghithree2jk", 21);
		EXPECT_STREQ(lua_stream_text(&wanted, lua_ways[i].name),
			     lua_stream_text(&seen, lua_ways[i].name)) {
			TH_LOG("%s", lua_error(self->pair.fd));
		}
	}
}

/* @text is sent by the peer; what a read that does not wait gets then. */
static const char *after(struct lua_pair *pair, const char *text)
{
	if (lua_puts(pair->peer, text) || lua_arrived(pair->peer))
		return "not sent";
	return lua_read_text(pair->fd, MSG_DONTWAIT);
}

#define AGAIN	strerror(EAGAIN)

TEST_F(lua, it_waits_over_many_reads)
{
	HANDLED_BY("local line = c:receive('*l') c:pass(#c)\n"
		   "local n = tonumber(c:receive(2)) c:drop(#c)\n"
		   "c:pass(n)\n"
		   "c:replace(3, line .. '!')\n"
		   "c:pass()");
	EXPECT_STREQ(AGAIN, after(&self->pair, "he"));
	EXPECT_STREQ(AGAIN, after(&self->pair, "llo\r"));
	EXPECT_STREQ("hello\r\n", after(&self->pair, "\n"));
	EXPECT_STREQ(AGAIN, after(&self->pair, "0"));
	EXPECT_STREQ("ab", after(&self->pair, "8ab"));
	EXPECT_STREQ("cdefg", after(&self->pair, "cdefg"));
	EXPECT_STREQ("h", after(&self->pair, "h"));
	EXPECT_STREQ("hello!", after(&self->pair, "1"));
	EXPECT_STREQ(AGAIN, after(&self->pair, "2"));
	EXPECT_STREQ("4", after(&self->pair, "34"));
	EXPECT_STREQ("rest", after(&self->pair, "rest"));
}

/* The end of a line in the same segment as much of the next one. */
TEST_F(lua, what_came_with_it_is_judged_next)
{
	HANDLED_BY(EACH_LINE("c:replace(#c, line .. ';')"));
	EXPECT_STREQ("one;", after(&self->pair, "one\ntwo\r\nthr"));
	EXPECT_STREQ("two;", lua_read_text(self->pair.fd, MSG_DONTWAIT));
	EXPECT_STREQ(AGAIN, lua_read_text(self->pair.fd, MSG_DONTWAIT));
	EXPECT_STREQ("three;", after(&self->pair, "ee\n"));
}

TEST_F(lua, poll_does_not_report_what_it_holds_back)
{
	HANDLED_BY("c:receive(3) c:pass()");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "ab"));
	EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "c"));
	EXPECT_TRUE(lua_readable(self->pair.fd));
	EXPECT_STREQ("abc", lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, after_pass_it_is_not_called_any_more)
{
	long calls;

	HANDLED_BY("c:receive(1) c:pass()");
	EXPECT_STREQ("a", after(&self->pair, "a"));
	calls = lua_counter("LuaCalls");
	EXPECT_STREQ("b", after(&self->pair, "b"));
	EXPECT_EQ(calls, lua_counter("LuaCalls"));
}

TEST_F(lua, bytes_to_come_that_are_passed_need_no_call)
{
	long calls;

	HANDLED_BY("c:pass(5) c:receive(1) c:pass()");
	EXPECT_STREQ("a", after(&self->pair, "a"));
	calls = lua_counter("LuaCalls");
	EXPECT_STREQ("bc", after(&self->pair, "bc"));
	EXPECT_STREQ("de", after(&self->pair, "de"));
	EXPECT_EQ(calls, lua_counter("LuaCalls"));
	EXPECT_STREQ("f", after(&self->pair, "f"));
}

/* What a line of @len bytes costs that comes byte by byte. */
static long long cost_of(struct lua_pair *pair, int len)
{
	struct ss_lua_info info = {};
	socklen_t size = sizeof(info);
	int i;

	for (i = 0; i < len; i++)
		if (strcmp(after(pair, "x"), AGAIN))
			return -1;
	if (strcmp(after(pair, "\n"), "ok") ||
	    getsockopt(pair->fd, SOL_LUA, SS_LUA_INFO, &info, &size))
		return -2;
	return info.instructions_total;
}

TEST_F(lua, a_line_that_comes_byte_by_byte_costs_what_its_length_says)
{
	static const char body[] = "c:receive('*l') c:replace(#c, 'ok')";
	long long one, four;

	if (variant->how != LUA_ONE_SEGMENT)
		SKIP(return, "it is sent byte by byte");
	HANDLED_BY(body);
	one = cost_of(&self->pair, 200);
	HANDLED_BY(body);
	four = cost_of(&self->pair, 800);
	EXPECT_LT(0, one);
	EXPECT_LT(0, four);
	EXPECT_GT(5 * one, four);
}

TEST_F(lua, a_long_line_is_received_whole)
{
	enum { LEN = 65536 };
	static char line[LEN + 2];

	memset(line, 'x', LEN);
	memcpy(line + LEN, "\r\n", 2);
	HANDLED_BY("local line = c:receive('*l') c:replace(#c, '' .. #line) c:pass()");
	/* byte by byte it would take too long here */
	ASSERT_EQ(0, lua_send_end(&self->pair, variant->how == LUA_MANY_SEGMENTS ?
				  LUA_ONE_SEGMENT : variant->how, line, sizeof(line)));
	lua_stream_read(&seen, self->pair.fd, by_recv);
	EXPECT_EQ(0, seen.err);
	EXPECT_EQ(5, seen.len);
	EXPECT_EQ(0, memcmp("65536", seen.bytes, 5));
}

TEST_F(lua, each_connection_has_its_own)
{
	struct lua_pair other;

	HANDLED_BY(EACH_LINE("c:pass(#c)"));
	ASSERT_EQ(0, lua_pair_accept(&other, self->listener));
	EXPECT_STREQ(AGAIN, after(&self->pair, "a"));
	EXPECT_STREQ("b\n", after(&other, "b\n"));
	EXPECT_STREQ("ac\n", after(&self->pair, "c\n"));
	lua_pair_close(&other);
}

TEST_F(lua, a_new_script_judges_what_it_held_back)
{
	HANDLED_BY("c:receive(100) c:pass()");
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	ASSERT_EQ(0, handle(self->pair.fd, SS_LUA_HOOK_RECEIVE,
			    "c:replace(2, c:receive(2):upper()) c:pass()"));
	EXPECT_STREQ("AB", lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, it_goes_on_when_it_is_named_again)
{
	HANDLED_BY("local s = c:receive(4) c:replace(4, s:upper()) c:pass()");
	EXPECT_STREQ(AGAIN, after(&self->pair, "ab"));
	ASSERT_EQ(0, lua_entry(self->pair.fd, "process"));
	EXPECT_STREQ(AGAIN, after(&self->pair, "c"));
	EXPECT_STREQ("ABCD", after(&self->pair, "d"));
}

/* Its coroutine goes with the socket: kmemleak sees if not. */
TEST_F(lua, a_socket_may_be_closed_while_it_waits)
{
	HANDLED_BY("c:pass(1) c:replace(3, 'x') c:receive(100)");
	EXPECT_STREQ("a", after(&self->pair, "a"));
	EXPECT_STREQ("x", after(&self->pair, "b"));
	close(self->pair.fd);
	self->pair.fd = -1;
}

/* Sending */

static const struct handled senders[] = {
	{ EACH_LINE("if not line then return c:drop(#c) end\n"
		    "c:replace(#c, line:gsub('%d', '#') .. '\\n')"),
	  "a1\r\nb22\n\nlost", "a#\nb##\n\n" },
	{ "c:receive(2) c:pass(1) c:drop(1) c:pass(2) c:replace(2, 'X') c:pass()",
	  "abcdefgh", "acdXgh" },
	{ "local s, why = c:receive(10) c:replace(#c, why)", "abc", "closed" },
	{ EACH_FRAME("if n == 2 then c:refuse('two') end c:pass(n + 1)"),
	  "1a3bcd2ef", "1a3bcd", ECONNREFUSED, "two" },
	{ "c:receive(3) c:pass(2)\nerror('late')", "abcd", "ab", EIO, "script:2: late" },
	{ "c:send('first ') c:pass()", "abc", "first abc" },
};

/* Returns 0, or a negative errno. */
static int send_as(int fd, enum lua_sending how, const char *text)
{
	int err = 0;

	if (how == LUA_ONE_SEGMENT)
		return lua_puts(fd, text);
	while (*text && !err)
		err = lua_put(fd, text++, 1);
	return err;
}

TEST_F(lua, what_is_sent_can_have_one)
{
	const struct handled *h;

	for (h = senders; h < senders + ARRAY_SIZE(senders); h++) {
		lua_pair_close(&self->pair);
		ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
		ASSERT_EQ(0, handle(self->pair.fd, SS_LUA_HOOK_SEND, h->body));
		EXPECT_EQ(-h->err, send_as(self->pair.fd, variant->how, h->sent)) {
			TH_LOG("%s: %s", h->body, lua_error(self->pair.fd));
		}
		if (h->err)
			EXPECT_NE(NULL, strstr(lua_error(self->pair.fd), h->error)) {
				TH_LOG("%s: %s", h->body, lua_error(self->pair.fd));
			}
		shutdown(self->pair.fd, SHUT_WR);
		lua_stream_read(&seen, self->pair.peer, by_recv);
		wanted.len = 0;
		wanted.err = 0;
		lua_stream_add(&wanted, h->comes, strlen(h->comes));
		EXPECT_STREQ(lua_stream_text(&wanted, h->body),
			     lua_stream_text(&seen, h->body));
	}
}

TEST_F(lua, both_directions_can_have_one)
{
	static const char script[] =
		"local conn = require 'conn'\n"
		"local function lines(mark)\n"
		"  return function(c)\n"
		"    while true do\n"
		"      local line = c:receive('*l')\n"
		"      c:replace(#c, line .. mark)\n"
		"    end\n"
		"  end\n"
		"end\n"
		"process, send = conn.handler(lines('<')), conn.handler(lines('>'))";

	ASSERT_EQ(0, lua_load(self->listener, script));
	ASSERT_EQ(0, lua_entry(self->listener, "process"));
	ASSERT_EQ(0, lua_hook(self->listener, SS_LUA_HOOK_SEND, "send"));
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	EXPECT_STREQ(AGAIN, after(&self->pair, "a"));
	ASSERT_EQ(0, lua_puts(self->pair.fd, "x"));
	EXPECT_STREQ("ab<", after(&self->pair, "b\n"));
	ASSERT_EQ(0, lua_puts(self->pair.fd, "y\n"));
	EXPECT_STREQ("xy>", lua_read_text(self->pair.peer, 0));
}

TEST_F(lua, a_handler_is_made_of_a_function)
{
	EXPECT_EQ(-EINVAL, lua_load(self->listener, "require'conn'.handler(7)"));
	EXPECT_STREQ("script:1: bad argument #1 to 'handler' (function expected, got number)",
		     lua_error(self->listener));
}

TEST_HARNESS_MAIN
