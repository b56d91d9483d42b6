// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a socket with a script: how it comes to the script, whom it
 * shares it with, and how it ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/wait.h>

#include "lua_families.h"

#define ANSWER(text) "return true, '" text "'"
#define COUNT "calls = (calls or 0) + 1 return true, 'call ' .. calls"

/* Accept, and read what has been sent before that. */
static const char *accept_text(int listener)
{
	int fd = lua_accept(listener);
	const char *text;

	if (fd < 0)
		return strerror(-fd);
	text = lua_read_text(fd, 0);
	close(fd);
	return text;
}

static int connect_and_send(struct __test_metadata *_metadata, int listener)
{
	int peer = lua_connect(listener);

	ASSERT_LE(0, peer);
	ASSERT_EQ(0, lua_puts(peer, "early"));
	ASSERT_EQ(0, lua_arrived(peer));
	return peer;
}

/* Inheritance */

TEST_F(lua, an_accepted_connection_is_judged_from_the_first_byte)
{
	int peer;

	ASSERT_EQ(0, lua_judge(self->listener, ANSWER("judged")));
	peer = connect_and_send(_metadata, self->listener);
	EXPECT_STREQ("judged", accept_text(self->listener));
	close(peer);
}

TEST_F(lua, a_connection_older_than_the_protocol_is_judged)
{
	int peer = connect_and_send(_metadata, self->listener);

	ASSERT_EQ(0, lua_judge(self->listener, ANSWER("judged")));
	EXPECT_STREQ("judged", accept_text(self->listener));
	close(peer);
}

TEST_F(lua, a_connection_older_than_the_script_is_judged)
{
	int peer;

	ASSERT_EQ(0, lua_attach(self->listener));
	peer = connect_and_send(_metadata, self->listener);
	ASSERT_EQ(0, lua_judge(self->listener, ANSWER("judged")));
	EXPECT_STREQ("judged", accept_text(self->listener));
	close(peer);
}

TEST_F(lua, a_connection_older_than_the_entry_point_is_judged)
{
	int peer;

	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, lua_load(self->listener,
			      "function process() return true, 'judged' end"));
	peer = connect_and_send(_metadata, self->listener);
	ASSERT_EQ(0, lua_entry(self->listener, "process"));
	EXPECT_STREQ("judged", accept_text(self->listener));
	close(peer);
}

/* accept() has been entered before the listener had the protocol. */
TEST_F(lua, a_blocked_accept_returns_a_judged_connection)
{
	int status, peer;
	pid_t pid = fork();

	if (!pid)
		_exit(strcmp(accept_text(self->listener), "judged") != 0);
	usleep(LUA_A_WHILE_MS * 1000);
	ASSERT_EQ(0, lua_judge(self->listener, ANSWER("judged")));
	peer = connect_and_send(_metadata, self->listener);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	close(peer);
}

TEST_F(lua, a_listener_with_a_new_script_gives_that_to_new_connections)
{
	struct lua_pair old, new;

	ASSERT_EQ(0, lua_judge(self->listener, ANSWER("old")));
	ASSERT_EQ(0, lua_pair_accept(&old, self->listener));
	ASSERT_EQ(0, lua_judge(self->listener, ANSWER("new")));
	ASSERT_EQ(0, lua_pair_accept(&new, self->listener));
	EXPECT_STREQ("old", lua_pair_exchange(&old, "x"));
	EXPECT_STREQ("new", lua_pair_exchange(&new, "x"));
	lua_pair_close(&old);
	lua_pair_close(&new);
}

TEST_F(lua, a_connection_with_a_new_script_keeps_it_to_itself)
{
	struct lua_pair one, two;

	ASSERT_EQ(0, lua_judge(self->listener, ANSWER("shared")));
	ASSERT_EQ(0, lua_pair_accept(&one, self->listener));
	ASSERT_EQ(0, lua_judge(one.fd, ANSWER("own")));
	ASSERT_EQ(0, lua_pair_accept(&two, self->listener));
	EXPECT_STREQ("own", lua_pair_exchange(&one, "x"));
	EXPECT_STREQ("shared", lua_pair_exchange(&two, "x"));
	lua_pair_close(&one);
	lua_pair_close(&two);
}

TEST_F(lua, a_connection_is_judged_when_its_listener_is_gone)
{
	struct lua_pair pair;

	ASSERT_EQ(0, lua_judge(self->listener, COUNT));
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	close(self->listener);
	usleep(LUA_A_WHILE_MS * 1000);
	EXPECT_STREQ("call 1", lua_pair_exchange(&pair, "x"));
	EXPECT_STREQ("call 2", lua_pair_exchange(&pair, "x"));
	lua_pair_close(&pair);
}

TEST_F(lua, connections_of_a_listener_share_no_globals)
{
	struct lua_pair one, two;

	ASSERT_EQ(0, lua_judge(self->listener, COUNT));
	ASSERT_EQ(0, lua_pair_accept(&one, self->listener));
	ASSERT_EQ(0, lua_pair_accept(&two, self->listener));
	EXPECT_STREQ("call 1", lua_pair_exchange(&one, "x"));
	EXPECT_STREQ("call 2", lua_pair_exchange(&one, "x"));
	EXPECT_STREQ("call 1", lua_pair_exchange(&two, "x"));
	EXPECT_STREQ("call 3", lua_pair_exchange(&one, "x"));
	lua_pair_close(&one);
	lua_pair_close(&two);
}

TEST_F(lua, a_script_that_spoils_its_libraries_spoils_no_others)
{
	struct lua_pair one, two;

	ASSERT_EQ(0, lua_judge(self->listener,
			       "if tostring(data) == 'spoil' then\n"
			       "string.upper, table.concat = nil, nil\n"
			       "getmetatable('').__index = nil return true end\n"
			       "return true, (tostring(data)):upper()"));
	ASSERT_EQ(0, lua_pair_accept(&one, self->listener));
	ASSERT_EQ(0, lua_pair_accept(&two, self->listener));
	EXPECT_STREQ("spoil", lua_pair_exchange(&one, "spoil"));
	EXPECT_STREQ(strerror(EIO), lua_pair_exchange(&one, "x"));
	EXPECT_STREQ("X", lua_pair_exchange(&two, "x"));
	lua_pair_close(&one);
	lua_pair_close(&two);
}

TEST_F(lua, many_connections_each_have_their_own_state)
{
	enum { MANY = 200 };
	static struct lua_pair pairs[MANY];
	int i, round;

	ASSERT_EQ(0, lua_judge(self->listener,
			       "sum = (sum or 0) + tonumber(tostring(data))\n"
			       "return true, tostring(sum)"));
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, lua_pair_accept(&pairs[i], self->listener));
	for (round = 1; round <= 2; round++) {
		for (i = 0; i < MANY; i++) {
			char sent[16], sum[16];

			snprintf(sent, sizeof(sent), "%d", i);
			snprintf(sum, sizeof(sum), "%d", i * round);
			ASSERT_STREQ(sum, lua_pair_exchange(&pairs[i], sent));
		}
	}
	for (i = 0; i < MANY; i++)
		lua_pair_close(&pairs[i]);
}

/* Ways to be connected */

TEST_F(lua, a_socket_that_connects_can_have_a_script_before)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int fd = lua_socket(variant->family), peer;

	ASSERT_EQ(0, lua_judge(fd, ANSWER("judged")));
	ASSERT_EQ(0, getsockname(self->listener, (struct sockaddr *)&addr,
				 &len));
	ASSERT_EQ(0, connect(fd, (struct sockaddr *)&addr, len));
	peer = lua_accept(self->listener);
	EXPECT_STREQ("judged", lua_exchange(fd, peer, "x"));
	EXPECT_STREQ("x", lua_exchange(peer, fd, "x"));
	close(fd);
	close(peer);
}

TEST_F(lua, a_connected_socket_can_have_a_script_after)
{
	int fd = self->pair.fd, peer = self->pair.peer;

	EXPECT_STREQ("plain", lua_exchange(peer, fd, "plain"));
	ASSERT_EQ(0, lua_judge(peer, ANSWER("judged")));
	EXPECT_STREQ("judged", lua_exchange(peer, fd, "x"));
	EXPECT_STREQ("x", lua_exchange(fd, peer, "x"));
}

TEST_F(lua, data_that_came_before_the_script_is_judged)
{
	int fd = self->pair.fd, peer = self->pair.peer;
	char c;

	ASSERT_EQ(0, lua_puts(peer, "early"));
	ASSERT_EQ(1, recv(fd, &c, 1, 0));
	ASSERT_EQ(1, recv(fd, &c, 1, MSG_PEEK));
	ASSERT_EQ(0, lua_judge(fd, "return true, '<' .. tostring(data) .. '>'"));
	EXPECT_STREQ("<arly>", lua_read_text(fd, 0));
}

/* What a read gets that began before the script came is not judged, and what
 * follows is.
 */
TEST_F(lua, a_read_that_waits_when_the_script_comes_takes_nothing_twice)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		const char *text = lua_read_text(self->pair.fd, 0);

		_exit(strcmp(text, "one") && strcmp(text, "<one>"));
	}
	usleep(LUA_A_WHILE_MS * 1000);
	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "return true, '<' .. tostring(data) .. '>'"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "one"));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_STREQ("<two>", lua_pair_exchange(&self->pair, "two"));
}

TEST_F(lua, both_ends_can_have_scripts)
{
	int fd = self->pair.fd, peer = self->pair.peer;

	ASSERT_EQ(0, lua_judge(fd, "return true, 'fd:' .. tostring(data)"));
	ASSERT_EQ(0, lua_judge(peer, "return true, 'peer:' .. tostring(data)"));
	EXPECT_STREQ("fd:x", lua_exchange(fd, peer, "x"));
	EXPECT_STREQ("peer:y", lua_exchange(peer, fd, "y"));
}

TEST(an_ipv4_connection_of_an_ipv6_listener_is_judged)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	int listener = lua_socket(AF_INET6), peer = lua_socket(AF_INET);
	socklen_t len = sizeof(in6);

	ASSERT_EQ(0, bind(listener, (struct sockaddr *)&in6, sizeof(in6)));
	ASSERT_EQ(0, listen(listener, 1));
	ASSERT_EQ(0, lua_judge(listener, COUNT));
	ASSERT_EQ(0, getsockname(listener, (struct sockaddr *)&in6, &len));
	in.sin_port = in6.sin6_port;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ASSERT_EQ(0, connect(peer, (struct sockaddr *)&in, sizeof(in)));
	ASSERT_EQ(0, lua_puts(peer, "early"));
	EXPECT_STREQ("call 1", accept_text(listener));
	close(peer);
	close(listener);
}

TEST(data_in_a_syn_is_judged)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int listener, peer, queue = 5;

	ASSERT_EQ(0, lua_own_network());
	/* Client, server, and no cookies. */
	if (lua_write_file("/proc/sys/net/ipv4/tcp_fastopen", "1543"))
		SKIP(return, "no TCP Fast Open");
	listener = lua_listen(AF_INET);
	ASSERT_EQ(0, setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue,
				sizeof(queue)));
	ASSERT_EQ(0, lua_judge(listener, "return true, 'judged ' .. size"));
	ASSERT_EQ(0, getsockname(listener, (struct sockaddr *)&addr, &len));
	peer = lua_socket(AF_INET);
	ASSERT_EQ(5, sendto(peer, "early", 5, MSG_FASTOPEN,
			    (struct sockaddr *)&addr, len));
	EXPECT_STREQ("judged 5", accept_text(listener));
	close(peer);
	close(listener);
}

TEST(a_connection_made_by_syn_cookie_is_judged)
{
	int listener, peer;

	ASSERT_EQ(0, lua_own_network());
	if (lua_write_file("/proc/sys/net/ipv4/tcp_syncookies", "2"))
		SKIP(return, "no SYN cookies");
	listener = lua_listen(AF_INET);
	ASSERT_EQ(0, lua_judge(listener, ANSWER("judged")));
	peer = connect_and_send(_metadata, listener);
	EXPECT_STREQ("judged", accept_text(listener));
	close(peer);
	close(listener);
}

/* One socket, several lives */

static int disconnect(int fd)
{
	struct sockaddr addr = { .sa_family = AF_UNSPEC };

	return connect(fd, &addr, sizeof(addr)) ? -errno : 0;
}

static int reconnect(int fd, int listener)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	if (getsockname(listener, (struct sockaddr *)&addr, &len) ||
	    connect(fd, (struct sockaddr *)&addr, len))
		return -errno;
	return lua_accept(listener);
}

TEST_F(lua, a_socket_that_connects_again_starts_anew)
{
	int fd = self->pair.peer, peer = self->pair.fd, i;

	ASSERT_EQ(0, lua_judge(fd, COUNT));
	EXPECT_STREQ("call 1", lua_exchange(fd, peer, "x"));
	EXPECT_STREQ("call 2", lua_exchange(fd, peer, "x"));
	for (i = 0; i < 3; i++) {
		/* With data left unread, judged or not. */
		ASSERT_EQ(0, lua_puts(peer, "left"));
		ASSERT_EQ(0, lua_arrived(peer));
		if (i)
			EXPECT_TRUE(lua_readable(fd));
		ASSERT_EQ(0, disconnect(fd));
		close(peer);
		peer = reconnect(fd, self->listener);
		ASSERT_LE(0, peer);
		EXPECT_STREQ("call 1", lua_exchange(fd, peer, "x"));
	}
	self->pair.fd = peer;
}

TEST_F(lua, a_refusal_ends_with_the_connection)
{
	int fd = self->pair.peer, peer = self->pair.fd;

	ASSERT_EQ(0, lua_judge(fd, "return tostring(data) == 'good'"));
	EXPECT_STREQ(strerror(ECONNREFUSED), lua_exchange(fd, peer, "bad"));
	ASSERT_EQ(0, disconnect(fd));
	close(peer);
	peer = reconnect(fd, self->listener);
	ASSERT_LE(0, peer);
	EXPECT_STREQ("good", lua_exchange(fd, peer, "good"));
	EXPECT_STREQ(strerror(ECONNREFUSED), lua_exchange(fd, peer, "bad"));
	self->pair.fd = peer;
}

TEST_F(lua, a_socket_that_was_connected_can_listen)
{
	struct sockaddr_storage addr;
	socklen_t len = lua_loopback(variant->family, &addr);
	int fd = self->pair.peer, peer;

	ASSERT_EQ(0, lua_judge(fd, COUNT));
	EXPECT_STREQ("call 1", lua_exchange(fd, self->pair.fd, "x"));
	ASSERT_EQ(0, disconnect(fd));
	ASSERT_EQ(0, bind(fd, (struct sockaddr *)&addr, len));
	ASSERT_EQ(0, listen(fd, 1));
	peer = connect_and_send(_metadata, fd);
	EXPECT_STREQ("call 1", accept_text(fd));
	close(peer);
}

TEST_F(lua, a_listener_that_was_shut_down_can_listen_again)
{
	int fd = self->listener;

	ASSERT_EQ(0, lua_judge(fd, ANSWER("judged")));
	ASSERT_EQ(0, shutdown(fd, SHUT_RDWR));
	ASSERT_EQ(0, listen(fd, 1));
	lua_pair_close(&self->pair);
	ASSERT_EQ(0, lua_pair_accept(&self->pair, fd));
	EXPECT_STREQ("judged", lua_pair_exchange(&self->pair, "x"));
}

TEST_F(lua, a_listener_that_stops_can_connect)
{
	int other = lua_listen(variant->family);
	int fd = self->listener, peer;

	ASSERT_EQ(0, lua_judge(fd, ANSWER("judged")));
	ASSERT_EQ(0, shutdown(fd, SHUT_RDWR));
	ASSERT_EQ(0, disconnect(fd));
	peer = reconnect(fd, other);
	ASSERT_LE(0, peer);
	EXPECT_STREQ("judged", lua_exchange(fd, peer, "x"));
	close(peer);
	close(other);
}

/* One socket, several users */

TEST_F(lua, processes_that_share_a_socket_share_its_script)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, lua_judge(self->pair.fd, COUNT));
	EXPECT_STREQ("call 1", lua_pair_exchange(&self->pair, "x"));
	pid = fork();
	if (!pid)
		_exit(strcmp(lua_pair_exchange(&self->pair, "x"),
			     "call 2") != 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_STREQ("call 3", lua_pair_exchange(&self->pair, "x"));
}

TEST_F(lua, a_duplicate_is_the_same_socket)
{
	int twin = dup(self->pair.fd);

	ASSERT_EQ(0, lua_judge(twin, COUNT));
	EXPECT_STREQ("call 1", lua_pair_exchange(&self->pair, "x"));
	close(self->pair.fd);
	EXPECT_STREQ("call 2", lua_exchange(twin, self->pair.peer, "x"));
	self->pair.fd = twin;
}

/* Each reader counts the bytes it got; together that is what was sent. */
TEST_F(lua, readers_at_once_get_each_byte_once)
{
	enum { READERS = 4, BYTES = 2000 };
	int counts[2], total = 0, i;
	static char bytes[BYTES];

	ASSERT_EQ(0, lua_judge(self->pair.fd, "total = (total or 0) + size\n"
			       "if total > 2000 then return false end\n"
			       "return true"));
	ASSERT_EQ(0, pipe(counts));
	for (i = 0; i < READERS; i++) {
		if (!fork()) {
			int got = 0;
			char buf[7];
			ssize_t n;

			close(self->pair.peer);
			while ((n = recv(self->pair.fd, buf, sizeof(buf), 0)) > 0)
				got += n;
			if (n < 0)
				got = 1000000;
			write(counts[1], &got, sizeof(got));
			_exit(0);
		}
	}
	for (i = 0; i < BYTES; i += 100)
		ASSERT_EQ(0, lua_put(self->pair.peer, bytes, 100));
	ASSERT_EQ(0, shutdown(self->pair.peer, SHUT_WR));
	for (i = 0; i < READERS; i++) {
		int got;

		ASSERT_EQ(sizeof(got), read(counts[0], &got, sizeof(got)));
		total += got;
	}
	EXPECT_EQ(BYTES, total);
	while (wait(NULL) > 0)
		;
}

TEST_F(lua, a_replacement_outlives_the_script_that_made_it)
{
	int fd = self->pair.fd, i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, lua_judge(fd, "pass() return true, 'old'"));
		ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
		EXPECT_TRUE(lua_readable(fd));
		if (i)
			ASSERT_EQ(0, lua_hook(fd, SS_LUA_HOOK_RECEIVE, ""));
		ASSERT_EQ(0, lua_judge(fd, ANSWER("new")));
		EXPECT_TRUE(lua_readable(fd));
		EXPECT_STREQ("old", lua_read_text(fd, MSG_DONTWAIT));
		EXPECT_STREQ("new", lua_pair_exchange(&self->pair, "x"));
	}
}

/* It lies behind data that has been passed and not read when the script goes. */
TEST_F(lua, what_one_script_has_dropped_the_next_one_does_not_see)
{
	int fd = self->pair.fd, there;

	ASSERT_EQ(0, lua_judge(fd, "if first then return drop end\n"
			       "first = true return true, 3"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "abcdropped"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	ASSERT_EQ(0, ioctl(fd, SIOCINQ, &there));
	EXPECT_EQ(3, there);
	ASSERT_EQ(0, lua_hook(fd, SS_LUA_HOOK_RECEIVE, ""));
	ASSERT_EQ(0, lua_judge(fd, "return true, '<' .. tostring(data) .. '>'"));
	EXPECT_STREQ("abc", lua_read_text(fd, MSG_DONTWAIT));
	EXPECT_STREQ(strerror(EAGAIN), lua_read_text(fd, MSG_DONTWAIT));
	EXPECT_STREQ("<x>", lua_pair_exchange(&self->pair, "x"));
}

TEST_F(lua, a_script_can_be_replaced_while_others_read)
{
	pid_t pid;
	int i, status;

	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true"));
	pid = fork();
	if (!pid) {
		char buf[16];
		ssize_t n;

		close(self->pair.peer);
		while ((n = recv(self->pair.fd, buf, sizeof(buf), 0)) > 0)
			;
		_exit(n < 0);
	}
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
		ASSERT_EQ(0, lua_judge(self->pair.fd, i % 2 ? "return true" :
				       "return true, tostring(data)"));
	}
	ASSERT_EQ(0, shutdown(self->pair.peer, SHUT_WR));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* The end */

static const char * const last_words[] = {
	"return true", "return true, 'replaced'", "return true, 0",
	"return true, 2", "return false", "error('no')",
};

TEST_F(lua, a_socket_closes_with_data_unread)
{
	unsigned int i;
	char c;

	for (i = 0; i < ARRAY_SIZE(last_words); i++) {
		struct lua_pair pair;

		ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
		if (!i) {
			/* The fixture's own pair is in front. */
			close(self->pair.fd);
			self->pair.fd = -1;
		}
		ASSERT_EQ(0, lua_judge(pair.fd, last_words[i]));
		ASSERT_EQ(0, lua_puts(pair.peer, "unread"));
		ASSERT_EQ(0, lua_arrived(pair.peer));
		lua_poll(pair.fd, POLLIN, 0);
		ASSERT_EQ(0, close(pair.fd));
		pair.fd = -1;
		EXPECT_GE(0, recv(pair.peer, &c, 1, 0));
		lua_pair_close(&pair);
	}
}

TEST_F(lua, a_reset_connection_fails_as_without_a_script)
{
	struct linger now = { .l_onoff = 1 };

	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true"));
	ASSERT_EQ(0, setsockopt(self->pair.peer, SOL_SOCKET, SO_LINGER, &now,
				sizeof(now)));
	close(self->pair.peer);
	self->pair.peer = -1;
	EXPECT_TRUE(lua_readable(self->pair.fd));
	EXPECT_STREQ(strerror(ECONNRESET), lua_read_text(self->pair.fd, 0));
	EXPECT_STREQ("", lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, a_replacement_survives_the_end_of_the_connection)
{
	ASSERT_EQ(0, lua_judge(self->pair.fd, ANSWER("replaced")));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	ASSERT_TRUE(lua_readable(self->pair.fd));
	close(self->pair.peer);
	self->pair.peer = -1;
	usleep(LUA_A_WHILE_MS * 1000);
	EXPECT_STREQ("replaced", lua_read_text(self->pair.fd, 0));
	EXPECT_STREQ("", lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, a_script_leaves_sending_alone)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	char sent[64], got[64];
	off_t from = 0;

	ASSERT_EQ(0, lua_judge(self->pair.fd, "return false"));
	ASSERT_EQ(sizeof(sent), pread(fd, sent, sizeof(sent), 0));
	EXPECT_EQ(sizeof(sent), sendfile(self->pair.fd, fd, &from,
					 sizeof(sent)));
	EXPECT_EQ(sizeof(got), recv(self->pair.peer, got, sizeof(got),
				    MSG_WAITALL));
	EXPECT_EQ(0, memcmp(sent, got, sizeof(got)));
	close(fd);
}

TEST_F(lua, sendfile_is_not_a_way_to_read)
{
	int out = memfd_create("out", 0);

	ASSERT_EQ(0, lua_judge(self->pair.fd, "return false"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "bad"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_EQ(-1, sendfile(out, self->pair.fd, NULL, 3));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, lseek(out, 0, SEEK_END));
	close(out);
}

TEST_HARNESS_MAIN
