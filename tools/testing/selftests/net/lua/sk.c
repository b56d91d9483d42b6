// SPDX-License-Identifier: GPL-2.0
/*
 * The socket that a script sees as sk.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <netinet/in.h>
#include <sys/wait.h>

#include "lua_families.h"
#include "lua_fault.h"

#define NOBODY 65534

/* What @expression is, to a script that judges a byte. */
static const char *ask(struct lua_pair *pair, const char *expression)
{
	static char answer[4096];
	char body[512];
	ssize_t n;

	snprintf(body, sizeof(body), "return true, tostring(%s)", expression);
	if (lua_judge(pair->fd, body) || lua_puts(pair->peer, "x"))
		return lua_error(pair->fd);
	n = recv(pair->fd, answer, sizeof(answer) - 1, 0);
	if (n < 0)
		return *lua_error(pair->fd) ? lua_error(pair->fd) :
		       strerror(errno);
	answer[n] = '\0';
	return answer;
}

#define EXPECT_ANSWER(expected, expression)				\
	EXPECT_STREQ(expected, ask(&self->pair, expression))

static const char *number(unsigned long long n)
{
	static char text[32];

	snprintf(text, sizeof(text), "%llu", n);
	return text;
}

TEST_F(lua, it_has_addresses)
{
	bool ipv4 = variant->family == AF_INET;

	EXPECT_ANSWER(ipv4 ? "127.0.0.1" : "::1", "sk.peer");
	EXPECT_ANSWER(ipv4 ? "127.0.0.1" : "::1", "sk.address");
	EXPECT_ANSWER(ipv4 ? "ipv4" : "ipv6", "sk.family");
	EXPECT_ANSWER(number(lua_port_of(self->pair.peer)), "sk.peer_port");
	EXPECT_ANSWER(number(lua_port_of(self->pair.fd)), "sk.port");
}

TEST_F(lua, it_has_a_cookie)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	ASSERT_EQ(0, getsockopt(self->pair.fd, SOL_SOCKET, SO_COOKIE, &cookie,
				&len));
	EXPECT_ANSWER(number(cookie), "sk.cookie");
}

TEST_F(lua, it_has_a_state)
{
	char byte;

	EXPECT_ANSWER("established", "sk.state");
	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true, sk.state"));
	ASSERT_EQ(0, lua_send_end(&self->pair, LUA_ONE_SEGMENT, "x", 1));
	usleep(LUA_A_WHILE_MS * 1000);
	EXPECT_EQ(1, recv(self->pair.fd, &byte, 1, 0));
	EXPECT_EQ('c', byte);
}

TEST_F(lua, it_counts)
{
	EXPECT_ANSWER("1", "sk.received");
	EXPECT_ANSWER("2", "sk.received");
	EXPECT_ANSWER("0", "sk.sent");
	ASSERT_EQ(0, lua_puts(self->pair.fd, "12345"));
	ASSERT_EQ(0, lua_arrived(self->pair.fd));
	EXPECT_ANSWER("5", "sk.sent");
}

TEST_F(lua, the_end_is_not_a_byte)
{
	char text[8] = "";

	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true, '' .. sk.received"));
	ASSERT_EQ(0, lua_send_end(&self->pair, LUA_ONE_SEGMENT, "123", 3));
	usleep(LUA_A_WHILE_MS * 1000);
	EXPECT_EQ(1, recv(self->pair.fd, text, sizeof(text), 0));
	EXPECT_STREQ("3", text);
}

TEST_F(lua, its_mark_is_that_of_the_socket)
{
	unsigned int mark = 0xfffffff0;
	socklen_t len = sizeof(mark);

	EXPECT_ANSWER("0", "sk.mark");
	ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_SOCKET, SO_MARK, &mark, len));
	EXPECT_ANSWER("4294967280", "sk.mark");
	ASSERT_EQ(0, lua_judge(self->pair.fd, "sk.mark = 7 return true"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_TRUE(lua_readable(self->pair.fd));
	ASSERT_EQ(0, getsockopt(self->pair.fd, SOL_SOCKET, SO_MARK, &mark, &len));
	EXPECT_EQ(7, mark);
}

#define UNPRIVILEGED "/proc/sys/net/lua/unprivileged"

/* It is the loader's privilege that counts: not the reader's, which is root. */
TEST_F(lua, a_mark_needs_privilege)
{
	const char *body = "sk.mark = 7 return true";
	int status;
	pid_t pid;
	char c;

	ASSERT_EQ(0, lua_attach(self->pair.fd));
	ASSERT_EQ(0, lua_write_file(UNPRIVILEGED, "1"));
	pid = fork();
	if (!pid) {
		if (setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			_exit(255);
		_exit(-lua_judge(self->pair.fd, body));
	}
	waitpid(pid, &status, 0);
	ASSERT_EQ(0, lua_write_file(UNPRIVILEGED, "0"));
	ASSERT_EQ(0, status);
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, 0));
	EXPECT_EQ(EIO, errno);
	EXPECT_STREQ("script:1: who loaded the script may not set marks",
		     lua_error(self->pair.fd));
}

TEST_F(lua, a_privileged_script_sets_marks_for_others)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, lua_judge(self->pair.fd, "sk.mark = 7 return true"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	pid = fork();
	if (!pid) {
		char c;

		if (setresuid(NOBODY, NOBODY, NOBODY))
			_exit(255);
		_exit(recv(self->pair.fd, &c, 1, 0) != 1);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
}

TEST_F(lua, its_ctx_lives_as_long_as_the_state)
{
	char text[4] = "";
	int i;

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "local c = sk.ctx c.n = (c.n or 0) + 1 "
			       "return true, c == sk.ctx and c.n .. '' or '?'"));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
		ASSERT_EQ(1, recv(self->pair.fd, text, 1, 0));
		EXPECT_EQ('1' + i, text[0]);
	}
}

TEST_F(lua, the_main_chunk_has_it_too)
{
	char text[8] = "";

	ASSERT_EQ(0, lua_script(self->pair.fd,
				"local state, keep = sk.state, sk "
				"function process() "
				"return keep == sk and keep.state == state end"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "good"));
	EXPECT_EQ(4, recv(self->pair.fd, text, sizeof(text), 0));
}

TEST_F(lua, hooks_for_data_get_it)
{
	static const char script[] =
		"local own = sk\n"
		"sk = nil\n"
		"local function answer(data, size, nonblock, s)\n"
		"  return true, s == own and s.state or 'another'\n"
		"end\n"
		"process, send = answer, answer";

	ASSERT_EQ(0, lua_script(self->pair.fd, script));
	ASSERT_EQ(0, lua_hook(self->pair.fd, SS_LUA_HOOK_SEND, "send"));
	EXPECT_STREQ("established", lua_pair_exchange(&self->pair, "x"));
	EXPECT_STREQ("established",
		     lua_exchange(self->pair.peer, self->pair.fd, "x"));
}

static const struct {
	const char *expression;
	const char *answer;
} misuse[] = {
	{ "sk.pear", "a socket has no field 'pear'" },
	{ "sk[1]", "a socket has no field '1'" },
	{ "sk[{}]", "string expected, got table" },
	{ "load('sk.peer = 1')() ", "a socket's field 'peer' cannot be set" },
	{ "load('sk.mark = -1')()", "mark out of range" },
	{ "load('sk.mark = 1 << 32')()", "mark out of range" },
	{ "load('sk.mark = {}')()", "number expected, got table" },
	{ "sk.send({}, 'x')", "socket expected, got table" },
	{ "sk.send(data, 'x')", "socket expected, got data" },
	{ "sk:send({})", "string expected, got table" },
	{ "sk:send()", "string expected, got no value" },
	{ "setmetatable(sk, {})", "table expected, got" },
	{ "getmetatable(sk)", "socket" },
	{ "type(sk)", "userdata" },
	{ "#sk", "attempt to get length of a socket value (global 'sk')" },
};

TEST_F(lua, misuse_is_told)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(misuse); i++) {
		const char *answer;

		lua_pair_close(&self->pair);
		ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
		answer = ask(&self->pair, misuse[i].expression);
		EXPECT_NE(NULL, strstr(answer, misuse[i].answer))
			TH_LOG("%s: %s", misuse[i].expression, answer);
	}
}

/* sk:send() */

TEST_F(lua, a_script_answers_and_the_application_sees_nothing)
{
	char text[16] = "";

	ASSERT_EQ(0, lua_judge(self->pair.fd, "sk:send('answer') return drop"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "question"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
	EXPECT_EQ(6, recv(self->pair.peer, text, sizeof(text), 0));
	EXPECT_STREQ("answer", text);
}

TEST_F(lua, send_does_not_wait)
{
	char text[64] = "";

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "local s, sum = ('x'):rep(65536), 0 "
			       "for i = 1, 1000 do "
			       "  local n, why = sk:send(s) "
			       "  if not n then return true, why end "
			       "  sum = sum + n "
			       "end "
			       "return true, 'never full'"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_LT(0, recv(self->pair.fd, text, sizeof(text) - 1, 0));
	EXPECT_STREQ("the send buffer is full", text);
}

/* TCP takes in what has come meanwhile, and may put it together anew. */
TEST_F(lua, data_stays_what_it_is_when_the_script_sends)
{
	static struct lua_stream sent, got;
	size_t i;
	int status;
	pid_t pid;

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "local before = tostring(data) "
			       "for i = 1, 5 do sk:send('.') end "
			       "assert(tostring(data) == before) return true"));
	sent.len = 100000;
	for (i = 0; i < sent.len; i++)
		sent.bytes[i] = i * 7 + i / 251;
	pid = fork();
	if (!pid) {
		close(self->pair.fd);
		for (i = 0; i < sent.len; i += 100)
			lua_put(self->pair.peer, sent.bytes + i, 100);
		shutdown(self->pair.peer, SHUT_WR);
		/* or the answers would reset it */
		while (recv(self->pair.peer, got.bytes, 4096, 0) > 0)
			;
		_exit(0);
	}
	while (got.len < sizeof(got.bytes)) {
		ssize_t n = recv(self->pair.fd, got.bytes + got.len,
				 sizeof(got.bytes) - got.len, 0);

		if (n <= 0)
			break;
		got.len += n;
	}
	EXPECT_STREQ("", lua_error(self->pair.fd));
	EXPECT_EQ(sent.len, got.len);
	EXPECT_EQ(0, memcmp(sent.bytes, got.bytes, sent.len));
	shutdown(self->pair.fd, SHUT_WR);
	waitpid(pid, &status, 0);
}

TEST_F(lua, shutdown_ends_the_stream_to_the_peer)
{
	char text[16] = "";

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "sk:send('bye') sk:shutdown() "
			       "local n, why = sk:send('more') "
			       "return true, tostring(why)"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_EQ(13, recv(self->pair.fd, text, sizeof(text), 0));
	EXPECT_STREQ("not connected", text);
	EXPECT_EQ(3, recv(self->pair.peer, text, sizeof(text), MSG_WAITALL));
	EXPECT_EQ(-1, send(self->pair.fd, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
}

TEST_F(lua, abort_resets)
{
	char c;

	ASSERT_EQ(0, lua_judge(self->pair.fd, "sk:abort() return drop"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, 0));
	EXPECT_EQ(ECONNABORTED, errno);
	EXPECT_EQ(-1, recv(self->pair.peer, &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
}

TEST_F(lua, once_aborted_there_is_nothing_to_abort)
{
	ssize_t n;
	char c;

	if (!lua_can_fail())
		SKIP(return, "allocations cannot be counted here");
	ASSERT_EQ(0, lua_judge(self->pair.fd, "for i = 1, 10000 do sk:abort() end\n"
					      "return drop"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	/* Each abort takes memory; it does not come to the 5000th. */
	ASSERT_LE(0, lua_fail_nth(5000));
	n = recv(self->pair.fd, &c, 1, 0);
	EXPECT_LT(0, lua_fail_nth(0));
	EXPECT_EQ(-1, n);
	EXPECT_STREQ("", lua_error(self->pair.fd));
}

TEST_F(lua, what_is_passed_with_an_abort_can_be_read)
{
	char c;

	ASSERT_EQ(0, lua_judge(self->pair.fd, "sk:abort() return true"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_EQ(1, recv(self->pair.fd, &c, 1, 0));
	EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, 0));
	EXPECT_EQ(ECONNABORTED, errno);
}

TEST_F(lua, a_listener_cannot_be_aborted)
{
	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, lua_load(self->listener, "sk:abort() sk:shutdown()"));
	lua_pair_close(&self->pair);
	EXPECT_EQ(0, lua_pair_accept(&self->pair, self->listener));
}

/* time */

TEST_F(lua, the_clocks_are_the_systems)
{
	struct timespec ts;
	long long seen;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	seen = atoll(ask(&self->pair, "require'time'.monotonic() // 1000000000"));
	EXPECT_LE(0, seen - ts.tv_sec);
	EXPECT_GT(10, seen - ts.tv_sec);
	clock_gettime(CLOCK_REALTIME, &ts);
	seen = atoll(ask(&self->pair, "(require'time'.wall())"));
	EXPECT_LE(0, seen - ts.tv_sec);
	EXPECT_GT(10, seen - ts.tv_sec);
	EXPECT_ANSWER("true", "select(2, require'time'.wall()) < 1000000000");
}

TEST_HARNESS_MAIN
