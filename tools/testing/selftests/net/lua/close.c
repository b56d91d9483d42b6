// SPDX-License-Identifier: GPL-2.0
/*
 * SS_LUA_HOOK_CLOSE: a script's last words.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "lua_families.h"

#define BYE "sk:send('bye')"

/* A connection that is closed by @body. */
#define CLOSED_BY(body) do {						\
	lua_pair_close(&self->pair);					\
	ASSERT_EQ(0, lua_handle(self->listener, SS_LUA_HOOK_CLOSE, body)); \
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));	\
} while (0)

static int close_ours(struct lua_pair *pair)
{
	int err = close(pair->fd) ? -errno : 0;

	pair->fd = -1;
	return err;
}

/* All that the peer reads, and how it ends. */
static const char *heard(int peer)
{
	static char text[128];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(peer, text + len, sizeof(text) - 48 - len, 0)) > 0)
		len += n;
	snprintf(text + len, sizeof(text) - len, ", then %s",
		 n ? strerror(errno) : "the end");
	return text;
}

TEST_F(lua, the_script_has_the_last_word)
{
	CLOSED_BY(BYE);
	EXPECT_EQ(0, close_ours(&self->pair));
	EXPECT_STREQ("bye, then the end", heard(self->pair.peer));
}

TEST_F(lua, it_has_it_once)
{
	long calls;

	CLOSED_BY(BYE);
	calls = lua_counter("LuaCalls");
	EXPECT_EQ(0, close_ours(&self->pair));
	EXPECT_EQ(calls + 1, lua_counter("LuaCalls"));
}

TEST_F(lua, it_knows_what_there_was)
{
	char buf[16];

	lua_pair_close(&self->pair);
	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, lua_load(self->listener,
			      "n = 0 "
			      "function process(d) n = n + #d return true end "
			      "function close() "
			      "sk:send(n .. ' ' .. sk.received .. ' ' .. sk.state) "
			      "end"));
	ASSERT_EQ(0, lua_entry(self->listener, "process"));
	ASSERT_EQ(0, lua_hook(self->listener, SS_LUA_HOOK_CLOSE, "close"));
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "12345"));
	ASSERT_EQ(5, recv(self->pair.fd, buf, 5, MSG_WAITALL));
	EXPECT_EQ(0, close_ours(&self->pair));
	EXPECT_STREQ("5 5 established, then the end", heard(self->pair.peer));
}

/* Descriptors, not sockets. */
TEST_F(lua, another_descriptor_keeps_it_waiting)
{
	long calls;
	int fd;

	CLOSED_BY(BYE);
	calls = lua_counter("LuaCalls");
	fd = dup(self->pair.fd);
	EXPECT_EQ(0, close_ours(&self->pair));
	EXPECT_EQ(calls, lua_counter("LuaCalls"));
	close(fd);
	EXPECT_STREQ("bye, then the end", heard(self->pair.peer));
}

TEST_F(lua, shutdown_is_not_the_end)
{
	long calls;

	CLOSED_BY("return true");
	calls = lua_counter("LuaCalls");
	EXPECT_EQ(0, shutdown(self->pair.fd, SHUT_RDWR));
	EXPECT_EQ(calls, lua_counter("LuaCalls"));
	EXPECT_EQ(0, close_ours(&self->pair));
	EXPECT_EQ(calls + 1, lua_counter("LuaCalls"));
}

/* As with TCP, whatever the script has made of the bytes. */
TEST_F(lua, unread_bytes_reset_it)
{
	static const char * const verdicts[] = {
		"return true", "return true, 'xyz'", "return true, 1", "more(9)",
		"return true, 'z', 1",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		JUDGED_BY(verdicts[i]);
		ASSERT_EQ(0, lua_puts(self->pair.peer, "abc"));
		lua_poll(self->pair.fd, POLLIN, LUA_A_WHILE_MS);
		EXPECT_EQ(0, close_ours(&self->pair));
		EXPECT_STREQ(", then Connection reset by peer",
			     heard(self->pair.peer)) {
			TH_LOG("%s", verdicts[i]);
		}
	}
}

static const char * const answers[] = {
	"", "return true", "return false, 'no'", "return nil", "return 1, {}, sk",
};

TEST_F(lua, the_answer_is_ignored)
{
	long errors = lua_counter("LuaErrors");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		CLOSED_BY(answers[i]);
		EXPECT_EQ(0, close_ours(&self->pair));
		EXPECT_STREQ(", then the end", heard(self->pair.peer));
	}
	EXPECT_EQ(errors < 0 ? 0 : errors, lua_counter("LuaErrors"));
}

static const char * const failures[] = {
	"error('no')", "while true do end", "more()", "coroutine.yield()",
	"local s = 'x' while true do s = s .. s end",
};

TEST_F(lua, a_script_that_fails_does_not_keep_it_open)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		long errors;

		CLOSED_BY(failures[i]);
		errors = lua_counter("LuaErrors");
		EXPECT_EQ(0, close_ours(&self->pair));
		EXPECT_STREQ(", then the end", heard(self->pair.peer));
		EXPECT_EQ(errors + 1, lua_counter("LuaErrors"));
	}
}

TEST_F(lua, it_may_reset)
{
	CLOSED_BY("sk:abort()");
	EXPECT_EQ(0, close_ours(&self->pair));
	EXPECT_STREQ(", then Connection reset by peer", heard(self->pair.peer));
}

TEST_F(lua, a_reset_connection_is_closed_like_any)
{
	struct linger now = { .l_onoff = 1 };
	long calls;

	CLOSED_BY("last = sk:send('bye') or sk:shutdown() or sk:abort()");
	ASSERT_EQ(0, setsockopt(self->pair.peer, SOL_SOCKET, SO_LINGER, &now,
				sizeof(now)));
	close(self->pair.peer);
	self->pair.peer = -1;
	EXPECT_TRUE(lua_readable(self->pair.fd));
	calls = lua_counter("LuaCalls");
	EXPECT_EQ(0, close_ours(&self->pair));
	EXPECT_EQ(calls + 1, lua_counter("LuaCalls"));
}

TEST_F(lua, a_refused_connection_says_nothing)
{
	int peer;

	lua_pair_close(&self->pair);
	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, lua_load(self->listener,
			      "function accept() return false end "
			      "function close() " BYE " end"));
	ASSERT_EQ(0, lua_hook(self->listener, SS_LUA_HOOK_ACCEPT, "accept"));
	ASSERT_EQ(0, lua_hook(self->listener, SS_LUA_HOOK_CLOSE, "close"));
	peer = lua_connect(self->listener);
	ASSERT_EQ(0, fcntl(self->listener, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
	EXPECT_STREQ(", then Connection reset by peer", heard(peer));
	close(peer);
}

TEST_F(lua, a_connection_that_was_refused_data_says_it)
{
	char c;

	lua_pair_close(&self->pair);
	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, lua_load(self->listener,
			      "function process() return drop end "
			      "function close() " BYE " end"));
	ASSERT_EQ(0, lua_entry(self->listener, "process"));
	ASSERT_EQ(0, lua_hook(self->listener, SS_LUA_HOOK_CLOSE, "close"));
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(0, close_ours(&self->pair));
	EXPECT_STREQ("bye, then the end", heard(self->pair.peer));
}

TEST_F(lua, sockets_that_never_connected_have_last_words)
{
	long calls = lua_counter("LuaCalls");
	int fd = lua_socket(variant->family);
	int listener = lua_listen(variant->family);

	if (calls < 0)
		calls = 0;
	ASSERT_EQ(0, lua_handle(fd, SS_LUA_HOOK_CLOSE, BYE));
	ASSERT_EQ(0, lua_handle(listener, SS_LUA_HOOK_CLOSE, BYE));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, close(listener));
	EXPECT_EQ(calls + 2, lua_counter("LuaCalls"));
}

/* The process ends; what it leaves open is closed. */
static void leave(struct lua_pair *pair, bool killed)
{
	pid_t pid = fork();

	if (!pid) {
		if (killed)
			raise(SIGKILL);
		_exit(0);
	}
	close(pair->fd);
	pair->fd = -1;
	waitpid(pid, NULL, 0);
}

TEST_F(lua, a_process_that_exits_closes)
{
	CLOSED_BY(BYE);
	leave(&self->pair, false);
	EXPECT_STREQ("bye, then the end", heard(self->pair.peer));
}

/* There may be no time for last words, but the connection ends. */
TEST_F(lua, a_process_that_is_killed_closes)
{
	const char *text;

	CLOSED_BY(BYE);
	leave(&self->pair, true);
	text = heard(self->pair.peer);
	EXPECT_TRUE(!strcmp(text, ", then the end") ||
		    !strcmp(text, "bye, then the end")) TH_LOG("%s", text);
}

TEST_HARNESS_MAIN
