// SPDX-License-Identifier: GPL-2.0
/*
 * SS_LUA_HOOK_ACCEPT: which connections the application gets, and that it does
 * not notice the others.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "lua_families.h"

#define ADMIT_BY(body)							\
	ASSERT_EQ(0, lua_handle(self->listener, SS_LUA_HOOK_ACCEPT, body))

static int set_timeout(int fd, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

static int set_nonblocking(int fd)
{
	return fcntl(fd, F_SETFL, O_NONBLOCK);
}

/* What the client sees: errno, 0 for the end, or -1 for bytes. A connection may
 * be reset before connect() has returned.
 */
static int fate(int peer)
{
	ssize_t n;
	char c;

	if (peer < 0)
		return -peer;
	n = recv(peer, &c, 1, 0);
	return n < 0 ? errno : n ? -1 : 0;
}

static int peer_port_of(int fd)
{
	struct sockaddr_in6 addr;
	socklen_t len = sizeof(addr);

	return getpeername(fd, (struct sockaddr *)&addr, &len) ? -errno :
	       ntohs(addr.sin6_port);
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

TEST_F(lua, an_admitted_connection_is_like_any)
{
	struct lua_pair pair;
	char c = 0;

	ADMIT_BY("return true");
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	EXPECT_EQ(0, lua_puts(pair.peer, "x"));
	EXPECT_EQ(1, recv(pair.fd, &c, 1, 0));
	EXPECT_EQ('x', c);
	lua_pair_close(&pair);
}

TEST_F(lua, a_refused_connection_is_reset)
{
	long refused = lua_counter("LuaAcceptRefused");
	int peer;

	ADMIT_BY("return false, 'not today'");
	peer = lua_connect(self->listener);
	ASSERT_LE(0, peer);
	ASSERT_EQ(0, set_nonblocking(self->listener));
	EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
	EXPECT_EQ(ECONNRESET, fate(peer));
	EXPECT_STREQ("not today", lua_error(self->listener));
	EXPECT_EQ(refused + 1, lua_counter("LuaAcceptRefused"));
	close(peer);
}

TEST_F(lua, a_refused_connection_is_reset_with_its_data)
{
	int peer;

	ADMIT_BY("");
	peer = lua_connect(self->listener);
	ASSERT_EQ(0, lua_puts(peer, "early"));
	ASSERT_EQ(0, lua_arrived(peer));
	ASSERT_EQ(0, set_nonblocking(self->listener));
	EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
	EXPECT_EQ(ECONNRESET, fate(peer));
	close(peer);
}

TEST_F(lua, accept_goes_on_to_the_next)
{
	int peer[3], fd;
	unsigned int i;

	ADMIT_BY("n = (n or 0) + 1 return n == 3");
	for (i = 0; i < ARRAY_SIZE(peer); i++) {
		peer[i] = lua_connect(self->listener);
		ASSERT_LE(0, peer[i]);
	}
	fd = lua_accept(self->listener);
	ASSERT_LE(0, fd);
	EXPECT_EQ(lua_port_of(peer[2]), peer_port_of(fd));
	EXPECT_EQ(ECONNRESET, fate(peer[0]));
	EXPECT_EQ(ECONNRESET, fate(peer[1]));
	for (i = 0; i < ARRAY_SIZE(peer); i++)
		close(peer[i]);
	close(fd);
}

TEST_F(lua, a_blocked_accept_waits_on)
{
	int status, first, second;
	pid_t pid;

	ADMIT_BY("n = (n or 0) + 1 return n == 2");
	pid = fork();
	if (!pid)
		_exit(lua_accept(self->listener) < 0);
	usleep(LUA_A_WHILE_MS * 1000);
	first = lua_connect(self->listener);
	EXPECT_EQ(ECONNRESET, fate(first));
	usleep(LUA_A_WHILE_MS * 1000);
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	second = lua_connect(self->listener);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	close(first);
	close(second);
}

TEST_F(lua, the_timeout_counts_from_the_call)
{
	long start, took;
	pid_t pid;

	ADMIT_BY("return false");
	ASSERT_EQ(0, set_timeout(self->listener, 1000));
	pid = fork();
	if (!pid) {
		usleep(700 * 1000);
		_exit(fate(lua_connect(self->listener)) != ECONNRESET);
	}
	start = now_ms();
	EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
	took = now_ms() - start;
	EXPECT_LE(990, took);
	EXPECT_GT(1600, took);
	waitpid(pid, NULL, 0);
}

static void on_alarm(int sig)
{
}

#define CROWD	100

static void connect_crowd(int listener, int peers[CROWD])
{
	for (int i = 0; i < CROWD; i++)
		peers[i] = lua_connect(listener);
}

static void close_crowd(const int peers[CROWD])
{
	for (int i = 0; i < CROWD; i++)
		close(peers[i]);
}

/* A server with other sockets has its turn, and learns that there are more. */
TEST_F(lua, who_does_not_wait_refuses_so_many_and_no_more)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(0), peers[CROWD];
	long refused;

	ADMIT_BY("return false");
	ASSERT_EQ(0, set_nonblocking(self->listener));
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->listener, &event));
	connect_crowd(self->listener, peers);
	refused = lua_counter("LuaAcceptRefused");
	EXPECT_EQ(1, epoll_wait(epoll, &event, 1, LUA_PATIENCE_MS));
	EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
	EXPECT_EQ(refused + 64, lua_counter("LuaAcceptRefused"));
	EXPECT_EQ(1, epoll_wait(epoll, &event, 1, 0));
	EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
	EXPECT_EQ(refused + CROWD, lua_counter("LuaAcceptRefused"));
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	close_crowd(peers);
	close(epoll);
}

TEST_F(lua, the_timeout_ends_with_others_in_the_queue)
{
	long refused = lua_counter("LuaAcceptRefused");
	int peers[CROWD];

	ADMIT_BY("for i = 1, 200000 do end return false");
	connect_crowd(self->listener, peers);
	ASSERT_EQ(0, set_timeout(self->listener, 20));
	EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
	EXPECT_GT(refused + CROWD, lua_counter("LuaAcceptRefused"));
	close_crowd(peers);
}

TEST_F(lua, a_signal_ends_the_wait_after_a_refusal)
{
	struct sigaction action = { .sa_handler = on_alarm };
	int peer;

	ADMIT_BY("return false");
	peer = lua_connect(self->listener);
	sigaction(SIGALRM, &action, NULL);
	ualarm(200 * 1000, 0);
	EXPECT_EQ(-EINTR, lua_accept(self->listener));
	EXPECT_EQ(ECONNRESET, fate(peer));
	close(peer);
}

TEST_F(lua, after_a_refusal_poll_may_have_been_wrong)
{
	int peer;

	ADMIT_BY("return false");
	peer = lua_connect(self->listener);
	ASSERT_EQ(0, set_nonblocking(self->listener));
	EXPECT_TRUE(lua_readable(self->listener));
	EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
	EXPECT_TRUE(lua_stays_unreadable(self->listener));
	close(peer);
}

/* What a connection is refused by */

static int connect_from(int listener, const char *address)
{
	struct sockaddr_in from = { .sin_family = AF_INET }, to;
	socklen_t len = sizeof(to);
	int fd = lua_socket(AF_INET);

	inet_pton(AF_INET, address, &from.sin_addr);
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    getsockname(listener, (struct sockaddr *)&to, &len) ||
	    connect(fd, (struct sockaddr *)&to, len)) {
		close(fd);
		return -errno;
	}
	return fd;
}

TEST(refused_by_address)
{
	int listener = lua_listen(AF_INET);
	int bad, good, fd;

	ASSERT_EQ(0, lua_handle(listener, SS_LUA_HOOK_ACCEPT,
				"return conn.peer ~= '127.0.0.66'"));
	bad = connect_from(listener, "127.0.0.66");
	ASSERT_LE(0, bad);
	good = connect_from(listener, "127.0.0.67");
	ASSERT_LE(0, good);
	fd = lua_accept(listener);
	EXPECT_EQ(lua_port_of(good), peer_port_of(fd));
	EXPECT_EQ(ECONNRESET, fate(bad));
	close(fd);
	close(good);
	close(bad);
	close(listener);
}

TEST_F(lua, refused_by_port)
{
	int bad = lua_socket(variant->family), good, fd;
	struct sockaddr_storage addr;
	socklen_t len = lua_loopback(variant->family, &addr);
	char body[64];

	ASSERT_EQ(0, bind(bad, (struct sockaddr *)&addr, len));
	snprintf(body, sizeof(body), "return conn.peer_port ~= %d", lua_port_of(bad));
	ADMIT_BY(body);
	ASSERT_EQ(0, getsockname(self->listener, (struct sockaddr *)&addr, &len));
	ASSERT_EQ(0, connect(bad, (struct sockaddr *)&addr, len));
	good = lua_connect(self->listener);
	fd = lua_accept(self->listener);
	EXPECT_EQ(lua_port_of(good), peer_port_of(fd));
	EXPECT_EQ(ECONNRESET, fate(bad));
	close(fd);
	close(good);
	close(bad);
}

TEST_F(lua, refused_by_rate)
{
	int admitted = 0, i, fd;
	int peer[5];

	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, lua_load(self->listener,
			      "local time, start, n = require 'time', 0, 0\n"
			      "function accept(conn)\n"
			      "  local now = time.wall()\n"
			      "  if now - start > 3600 then start, n = now, 0 end\n"
			      "  n = n + 1\n"
			      "  return n <= 2, 'too many'\n"
			      "end\n"));
	ASSERT_EQ(0, lua_hook(self->listener, SS_LUA_HOOK_ACCEPT, "accept"));
	ASSERT_EQ(0, set_nonblocking(self->listener));
	for (i = 0; i < 5; i++)
		peer[i] = lua_connect(self->listener);
	while ((fd = lua_accept(self->listener)) >= 0) {
		admitted++;
		close(fd);
	}
	EXPECT_EQ(2, admitted);
	EXPECT_EQ(0, fate(peer[0]));
	EXPECT_EQ(0, fate(peer[1]));
	for (i = 2; i < 5; i++)
		EXPECT_EQ(ECONNRESET, fate(peer[i]));
	for (i = 0; i < 5; i++)
		close(peer[i]);
}

TEST_F(lua, the_script_sees_both_sockets)
{
	struct lua_pair pair;

	ADMIT_BY("return sk.state == 'listening' and conn.state == 'established'"
		 " and sk.port == conn.port and conn.address == conn.peer"
		 " and conn.family == sk.family and conn.cookie ~= sk.cookie");
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	lua_pair_close(&pair);
}

TEST(a_mapped_address_is_an_ipv4_address)
{
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6 };
	struct sockaddr_in to = { .sin_family = AF_INET };
	int listener = lua_socket(AF_INET6), peer = lua_socket(AF_INET), fd;

	ASSERT_EQ(0, bind(listener, (struct sockaddr *)&addr, sizeof(addr)));
	ASSERT_EQ(0, listen(listener, 1));
	ASSERT_EQ(0, lua_handle(listener, SS_LUA_HOOK_ACCEPT,
				"return conn.family == 'ipv4' and "
				"conn.peer == '127.0.0.1' and "
				"conn.address == '127.0.0.1', conn.peer"));
	to.sin_port = htons(lua_port_of(listener));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ASSERT_EQ(0, connect(peer, (struct sockaddr *)&to, sizeof(to)));
	ASSERT_EQ(0, set_nonblocking(listener));
	fd = lua_accept(listener);
	EXPECT_LE(0, fd) TH_LOG("%s", lua_error(listener));
	close(fd);
	close(peer);
	close(listener);
}

TEST_F(lua, the_mark_can_be_set_before_the_application_has_it)
{
	struct lua_pair pair;
	int mark = 0;
	socklen_t len = sizeof(mark);

	ADMIT_BY("conn.mark = 17 return conn.mark == 17");
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	EXPECT_EQ(0, getsockopt(pair.fd, SOL_SOCKET, SO_MARK, &mark, &len));
	EXPECT_EQ(17, mark);
	lua_pair_close(&pair);
}

/* What goes wrong is refused */

static const struct {
	const char *body;
	const char *error;
} failures[] = {
	{ "error('no', 0)", "no" },
	{ "while true do end", "script:1: instruction limit (1000000) reached" },
	{ "return 1", "the hook returned a number: expected true, false or nil" },
	{ "coroutine.yield()", "attempt to yield from outside a coroutine" },
	{ "more() return true", "script:1: more() is for hooks that judge data" },
	{ "return conn.pear ~= 'x'", "script:1: a socket has no field 'pear'" },
	{ "conn:send('x')",
	  "script:1: send() is not for a connection that is being accepted" },
	{ "conn:abort()",
	  "script:1: abort() is not for a connection that is being accepted" },
	{ "return conn.ctx",
	  "script:1: a connection that is being accepted has no ctx yet" },
};

TEST_F(lua, a_script_that_fails_admits_nobody)
{
	unsigned int i;

	ASSERT_EQ(0, set_nonblocking(self->listener));
	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		long refused = lua_counter("LuaAcceptRefused");
		long errors = lua_counter("LuaErrors");
		int peer;

		ADMIT_BY(failures[i].body);
		peer = lua_connect(self->listener);
		EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
		EXPECT_EQ(ECONNRESET, fate(peer));
		EXPECT_STREQ(failures[i].error, lua_error(self->listener));
		EXPECT_EQ(refused + 1,
			  lua_counter("LuaAcceptRefused"));
		EXPECT_EQ(errors + 1, lua_counter("LuaErrors"));
		close(peer);
	}
}

TEST_F(lua, a_failure_is_for_one_connection)
{
	int bad, good, fd;

	ADMIT_BY("n = (n or 0) + 1 if n == 1 then error() end return true");
	bad = lua_connect(self->listener);
	good = lua_connect(self->listener);
	fd = lua_accept(self->listener);
	EXPECT_EQ(lua_port_of(good), peer_port_of(fd));
	EXPECT_EQ(ECONNRESET, fate(bad));
	close(fd);
	close(bad);
	close(good);
}

TEST_F(lua, a_connection_object_dies_with_the_call)
{
	struct lua_pair pair;
	int peer;

	ADMIT_BY("if kept then return kept.peer == conn.peer end"
		 " kept = conn return kept.peer == conn.peer");
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	peer = lua_connect(self->listener);
	ASSERT_EQ(0, set_nonblocking(self->listener));
	EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
	EXPECT_NE(NULL, strstr(lua_error(self->listener), "socket is gone"));
	close(peer);
	lua_pair_close(&pair);
}

TEST_F(lua, a_hook_that_is_taken_away_refuses_nobody)
{
	struct lua_pair pair;

	ADMIT_BY("return false");
	ASSERT_EQ(0, lua_hook(self->listener, SS_LUA_HOOK_ACCEPT, ""));
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	lua_pair_close(&pair);
}

TEST_F(lua, a_connection_older_than_the_hook_is_refused)
{
	int peer = lua_connect(self->listener);

	ADMIT_BY("return false");
	ASSERT_EQ(0, set_nonblocking(self->listener));
	EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
	EXPECT_EQ(ECONNRESET, fate(peer));
	close(peer);
}

TEST_F(lua, data_is_judged_by_the_connections_own_globals)
{
	struct lua_pair pair;
	char buf[32] = "";

	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, lua_load(self->listener,
			      "n = 0\n"
			      "function accept() n = n + 1 return true end\n"
			      "function process() return true, 'n is ' .. n end"));
	ASSERT_EQ(0, lua_hook(self->listener, SS_LUA_HOOK_ACCEPT, "accept"));
	ASSERT_EQ(0, lua_entry(self->listener, "process"));
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	ASSERT_EQ(0, lua_puts(pair.peer, "x"));
	EXPECT_EQ(6, recv(pair.fd, buf, sizeof(buf), 0));
	EXPECT_STREQ("n is 0", buf);
	lua_pair_close(&pair);
}

#define ACCEPTORS	4
#define CONNECTIONS	64

/* Each says how many it got. */
static void accept_all(int listener)
{
	int n = 0, fd;

	set_timeout(listener, 1000);
	while ((fd = lua_accept(listener)) >= 0) {
		close(fd);
		n++;
	}
	_exit(n);
}

TEST_F(lua, many_may_accept_at_once)
{
	int peer[CONNECTIONS], i, status, total = 0, reset = 0;

	ADMIT_BY("n = (n or 0) + 1 return n % 2 == 0");
	for (i = 0; i < ACCEPTORS; i++)
		if (!fork())
			accept_all(self->listener);
	for (i = 0; i < CONNECTIONS; i++)
		peer[i] = lua_connect(self->listener);
	while (wait(&status) > 0)
		total += WEXITSTATUS(status);
	EXPECT_EQ(CONNECTIONS / 2, total);
	for (i = 0; i < CONNECTIONS; i++) {
		reset += fate(peer[i]) == ECONNRESET;
		close(peer[i]);
	}
	EXPECT_EQ(CONNECTIONS / 2, reset);
}

TEST_F(lua, scripts_can_be_replaced_while_others_accept)
{
	static const char * const bodies[] = {
		"return true", "return false", "error('no')",
		"n = (n or 0) + 1 return n % 2 == 0",
	};
	int i, status, total = 0;

	ADMIT_BY(bodies[0]);
	for (i = 0; i < ACCEPTORS; i++)
		if (!fork())
			accept_all(self->listener);
	for (i = 0; i < CONNECTIONS; i++) {
		int peer = lua_connect(self->listener);

		ADMIT_BY(bodies[i % ARRAY_SIZE(bodies)]);
		if (peer >= 0)
			close(peer);
	}
	ADMIT_BY(bodies[0]);
	while (wait(&status) > 0) {
		EXPECT_TRUE(WIFEXITED(status));
		total += WEXITSTATUS(status);
	}
	EXPECT_LT(0, total);
	EXPECT_GE(CONNECTIONS, total);
}

TEST_F(lua, shutdown_ends_an_accept_that_has_refused)
{
	int status, peer;
	pid_t pid;

	ADMIT_BY("return false");
	pid = fork();
	if (!pid)
		_exit(-lua_accept(self->listener));
	usleep(LUA_A_WHILE_MS * 1000);
	peer = lua_connect(self->listener);
	EXPECT_EQ(ECONNRESET, fate(peer));
	usleep(LUA_A_WHILE_MS * 1000);
	ASSERT_EQ(0, shutdown(self->listener, SHUT_RDWR));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(EINVAL, WEXITSTATUS(status));
	close(peer);
}

#define FASTOPEN "/proc/sys/net/ipv4/tcp_fastopen"
#define FASTOPEN_WITHOUT_COOKIE "1543"

TEST_F(lua, a_connection_that_comes_with_data_is_refused)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int peer = lua_socket(variant->family);
	char old[16];

	ADMIT_BY("return false");
	ASSERT_EQ(0, lua_read_file(FASTOPEN, old, sizeof(old)));
	ASSERT_EQ(0, lua_write_file(FASTOPEN, FASTOPEN_WITHOUT_COOKIE));
	ASSERT_EQ(0, getsockname(self->listener, (struct sockaddr *)&addr, &len));
	EXPECT_EQ(5, sendto(peer, "early", 5, MSG_FASTOPEN | MSG_NOSIGNAL,
			    (struct sockaddr *)&addr, len));
	ASSERT_EQ(0, lua_write_file(FASTOPEN, old));
	ASSERT_EQ(0, set_nonblocking(self->listener));
	EXPECT_EQ(-EAGAIN, lua_accept(self->listener));
	EXPECT_EQ(ECONNRESET, fate(peer));
	close(peer);
}

TEST_F(lua, onerror_can_admit)
{
	int pass = SS_LUA_ONERROR_PASS;
	long errors = lua_counter("LuaErrors");
	struct lua_pair pair;

	ADMIT_BY("error('no')");
	ASSERT_EQ(0, setsockopt(self->listener, SOL_LUA, SS_LUA_ONERROR, &pass,
				sizeof(pass)));
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	EXPECT_EQ(errors + 1, lua_counter("LuaErrors"));
	EXPECT_STREQ("script:1: no", lua_error(self->listener));
	lua_pair_close(&pair);
}

#define INSTRUCTIONS "/proc/sys/net/lua/max_instructions"

/* Who is killed in the script loses that connection, and no other. */
TEST_F(lua, a_killed_acceptor_leaves_the_queue_to_others)
{
	int peer[3], fd, i, found = 0;
	char instructions[32];
	pid_t pid;

	ASSERT_EQ(0, lua_read_file(INSTRUCTIONS, instructions,
				   sizeof(instructions)));
	ASSERT_EQ(0, lua_write_file(INSTRUCTIONS, "1000000000"));
	ADMIT_BY("n = (n or 0) + 1 while n == 1 do end return true");
	ASSERT_EQ(0, lua_write_file(INSTRUCTIONS, instructions));
	for (i = 0; i < 3; i++)
		peer[i] = lua_connect(self->listener);
	pid = fork();
	if (!pid) {
		lua_accept(self->listener);
		_exit(0);
	}
	usleep(100 * 1000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ASSERT_EQ(0, set_nonblocking(self->listener));
	while ((fd = lua_accept(self->listener)) >= 0) {
		found++;
		close(fd);
	}
	EXPECT_EQ(2, found);
	EXPECT_EQ(ECONNRESET, fate(peer[0]));
	for (i = 0; i < 3; i++)
		close(peer[i]);
}

TEST_HARNESS_MAIN
