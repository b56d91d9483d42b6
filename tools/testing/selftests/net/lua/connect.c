// SPDX-License-Identifier: GPL-2.0
/*
 * SS_LUA_HOOK_CONNECT: where a socket may connect to.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include "lua_families.h"

#define LOOPBACK (variant->family == AF_INET ? "127.0.0.1" : "::1")

/* A socket whose connections @body judges. */
static int client(struct __test_metadata *_metadata, int family,
		  const char *body)
{
	int fd = lua_socket(family);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, lua_handle(fd, SS_LUA_HOOK_CONNECT, body));
	return fd;
}

static int connect_to(int fd, int listener)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	if (getsockname(listener, (struct sockaddr *)&addr, &len) ||
	    connect(fd, (struct sockaddr *)&addr, len))
		return -errno;
	return 0;
}

static int connect_text(int fd, int family, const char *address, int port)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };

	in.sin_port = htons(port);
	in6.sin6_port = htons(port);
	inet_pton(family, address, family == AF_INET ? (void *)&in.sin_addr :
		  (void *)&in6.sin6_addr);
	if (family == AF_INET)
		return connect(fd, (struct sockaddr *)&in, sizeof(in)) ?
		       -errno : 0;
	return connect(fd, (struct sockaddr *)&in6, sizeof(in6)) ? -errno : 0;
}

static bool nobody_comes(int listener)
{
	return lua_stays_unreadable(listener);
}

TEST_F(lua, an_allowed_destination_is_connected_to)
{
	int fd = client(_metadata, variant->family, "return true");
	char c = 0;
	int peer;

	ASSERT_EQ(0, connect_to(fd, self->listener));
	peer = lua_accept(self->listener);
	EXPECT_EQ(0, lua_puts(peer, "x"));
	EXPECT_EQ(1, recv(fd, &c, 1, 0));
	EXPECT_EQ('x', c);
	close(peer);
	close(fd);
}

TEST_F(lua, a_refused_destination_is_not_connected_to)
{
	long refused = lua_counter("LuaConnectRefused");
	int fd = client(_metadata, variant->family, "return false, 'not there'");

	if (refused < 0)
		refused = 0;
	EXPECT_EQ(-ECONNREFUSED, connect_to(fd, self->listener));
	EXPECT_STREQ("not there", lua_error(fd));
	EXPECT_TRUE(nobody_comes(self->listener));
	EXPECT_EQ(refused + 1, lua_counter("LuaConnectRefused"));
	close(fd);
}

TEST_F(lua, after_a_refusal_another_destination_may_do)
{
	int other = lua_listen(variant->family), fd;
	char body[64];

	snprintf(body, sizeof(body), "return port == %d", lua_port_of(other));
	fd = client(_metadata, variant->family, body);
	EXPECT_EQ(-ECONNREFUSED, connect_to(fd, self->listener));
	EXPECT_EQ(-ECONNREFUSED, connect_to(fd, self->listener));
	EXPECT_EQ(0, connect_to(fd, other));
	close(fd);
	close(other);
}

TEST_F(lua, the_script_sees_where_to)
{
	char body[160];
	int fd;

	snprintf(body, sizeof(body),
		 "return address == '%s' and port == %d and sk.peer == nil and "
		 "sk.peer_port == nil and sk.state == 'closed'",
		 LOOPBACK, lua_port_of(self->listener));
	fd = client(_metadata, variant->family, body);
	EXPECT_EQ(0, connect_to(fd, self->listener));
	close(fd);
}

static const struct {
	int family;
	const char *to;
	const char *seen;
} destinations[] = {
	{ AF_INET, "127.0.0.2", "127.0.0.2" },
	{ AF_INET, "0.0.0.0", "127.0.0.1" },
	{ AF_INET6, "::", "::1" },
	{ AF_INET6, "::ffff:127.0.0.3", "127.0.0.3" },
	{ AF_INET6, "::ffff:0.0.0.0", "127.0.0.1" },
	{ AF_INET6, "2001:db8:0:0:1::1", "2001:db8::1:0:0:1" },
	{ AF_INET6, "2001:0db8::0001", "2001:db8::1" },
};

/* One destination has one name, however the application writes it. */
TEST(each_address_has_one_form)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(destinations); i++) {
		int fd = client(_metadata, destinations[i].family,
				"return false, address");

		EXPECT_EQ(-ECONNREFUSED,
			  connect_text(fd, destinations[i].family,
				       destinations[i].to, 9));
		EXPECT_STREQ(destinations[i].seen, lua_error(fd));
		close(fd);
	}
}

TEST(no_address_is_the_one_that_the_socket_is_bound_to)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int fd = client(_metadata, AF_INET, "return false, address");

	inet_pton(AF_INET, "127.0.0.9", &from.sin_addr);
	ASSERT_EQ(0, bind(fd, (struct sockaddr *)&from, sizeof(from)));
	EXPECT_EQ(-ECONNREFUSED, connect_text(fd, AF_INET, "0.0.0.0", 9));
	EXPECT_STREQ("127.0.0.9", lua_error(fd));
	close(fd);
}

TEST(no_ipv6_address_is_that_of_the_family_it_is_bound_to)
{
	struct sockaddr_in6 from = { .sin6_family = AF_INET6 };
	int fd = client(_metadata, AF_INET6, "return false, address");

	inet_pton(AF_INET6, "::ffff:127.0.0.9", &from.sin6_addr);
	ASSERT_EQ(0, bind(fd, (struct sockaddr *)&from, sizeof(from)));
	EXPECT_EQ(-ECONNREFUSED, connect_text(fd, AF_INET6, "::", 9));
	EXPECT_STREQ("127.0.0.1", lua_error(fd));
	close(fd);
}

static const char * const failures[] = {
	"error('no')", "while true do end", "return 1", "return sk.pear",
	"pass() return true",
};

/* "No address" is that of the device that a socket was bound to. */
TEST_F(lua, the_script_sees_the_address_of_a_chosen_device)
{
	struct sockaddr_in any = { .sin_family = AF_INET }, peer;
	socklen_t len = sizeof(any);
	char text[INET_ADDRSTRLEN];
	int listener, plain, fd;

	if (variant->family != AF_INET)
		SKIP(return, "IPv6 has the loopback address for it");
	ASSERT_EQ(0, lua_own_network());
	ASSERT_EQ(0, system("ip link add near type veth peer name far &&"
			    "ip address add 10.9.0.1/24 dev near &&"
			    "ip link set far up && ip link set near up"));
	listener = socket(AF_INET, SOCK_STREAM, 0);
	ASSERT_EQ(0, bind(listener, (struct sockaddr *)&any, len));
	ASSERT_EQ(0, listen(listener, 1));
	ASSERT_EQ(0, getsockname(listener, (struct sockaddr *)&any, &len));
	any.sin_addr.s_addr = INADDR_ANY;

	plain = socket(AF_INET, SOCK_STREAM, 0);
	ASSERT_EQ(0, setsockopt(plain, SOL_SOCKET, SO_BINDTODEVICE, "near", 5));
	ASSERT_EQ(0, connect(plain, (struct sockaddr *)&any, len));
	ASSERT_EQ(0, getpeername(plain, (struct sockaddr *)&peer, &len));
	inet_ntop(AF_INET, &peer.sin_addr, text, sizeof(text));

	fd = client(_metadata, AF_INET, "return false, address");
	ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "near", 5));
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&any, len));
	EXPECT_STREQ(text, lua_error(fd));
	EXPECT_STREQ("10.9.0.1", text);
	close(fd);
	close(plain);
	close(listener);
}

TEST_F(lua, a_script_that_fails_connects_to_nothing)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		int fd = client(_metadata, variant->family, failures[i]);

		EXPECT_EQ(-EIO, connect_to(fd, self->listener));
		EXPECT_STRNE("", lua_error(fd));
		close(fd);
	}
	EXPECT_TRUE(nobody_comes(self->listener));
}

TEST_F(lua, onerror_can_connect)
{
	int fd = client(_metadata, variant->family, "error('no')");
	int pass = SS_LUA_ONERROR_PASS;

	ASSERT_EQ(0, setsockopt(fd, SOL_LUA, SS_LUA_ONERROR, &pass, sizeof(pass)));
	EXPECT_EQ(0, connect_to(fd, self->listener));
	EXPECT_STREQ("script:1: no", lua_error(fd));
	close(fd);
}

TEST_F(lua, a_nonblocking_connect_is_refused_at_once)
{
	int fd = client(_metadata, variant->family,
			"n = (n or 0) + 1 return n == 2");

	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-ECONNREFUSED, connect_to(fd, self->listener));
	EXPECT_EQ(-EINPROGRESS, connect_to(fd, self->listener));
	EXPECT_EQ(1, lua_poll(fd, POLLOUT, LUA_PATIENCE_MS));
	close(fd);
}

TEST_F(lua, a_disconnect_is_not_judged)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	int fd = client(_metadata, variant->family,
			"n = (n or 0) + 1 return n == 1");

	ASSERT_EQ(0, connect_to(fd, self->listener));
	EXPECT_EQ(0, connect(fd, &unspec, sizeof(unspec)));
	/* With new globals. */
	EXPECT_EQ(0, connect_to(fd, self->listener));
	close(fd);
}

TEST_F(lua, each_attempt_is_judged)
{
	int gone = lua_listen(variant->family), fd;
	long calls;
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	ASSERT_EQ(0, getsockname(gone, (struct sockaddr *)&addr, &len));
	close(gone);
	fd = client(_metadata, variant->family, "return true");
	calls = lua_counter("LuaCalls");
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&addr, len));
	EXPECT_EQ(ECONNREFUSED, errno);
	EXPECT_STREQ("", lua_error(fd));
	EXPECT_EQ(0, connect_to(fd, self->listener));
	EXPECT_EQ(calls + 2, lua_counter("LuaCalls"));
	close(fd);
}

TEST_F(lua, what_tcp_does_not_take_is_not_judged)
{
	struct sockaddr_storage addr = { .ss_family = AF_UNIX };
	int fd = client(_metadata, variant->family, "return true");
	long calls = lua_counter("LuaCalls");

	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&addr, sizeof(addr)));
	EXPECT_EQ(EAFNOSUPPORT, errno);
	addr.ss_family = variant->family;
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&addr, 4));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(calls, lua_counter("LuaCalls"));
	close(fd);
}

TEST_F(lua, fast_open_is_judged)
{
	int fd = client(_metadata, variant->family, "return false");
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	ASSERT_EQ(0, getsockname(self->listener, (struct sockaddr *)&addr, &len));
	EXPECT_EQ(-1, sendto(fd, "early", 5, MSG_FASTOPEN | MSG_NOSIGNAL,
			     (struct sockaddr *)&addr, len));
	EXPECT_EQ(ECONNREFUSED, errno);
	EXPECT_TRUE(nobody_comes(self->listener));
	close(fd);
}

TEST_F(lua, fast_open_works_where_it_is_allowed)
{
	int fd = client(_metadata, variant->family, "return true"), peer;
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	char buf[8];

	ASSERT_EQ(0, getsockname(self->listener, (struct sockaddr *)&addr, &len));
	EXPECT_EQ(5, sendto(fd, "early", 5, MSG_FASTOPEN | MSG_NOSIGNAL,
			    (struct sockaddr *)&addr, len));
	peer = lua_accept(self->listener);
	ASSERT_LE(0, peer);
	EXPECT_EQ(5, recv(peer, buf, sizeof(buf), 0));
	close(peer);
	close(fd);
}

TEST_F(lua, a_deferred_connect_is_judged)
{
	int fd = client(_metadata, variant->family, "return false");
	int one = 1;

	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one,
				sizeof(one)));
	EXPECT_EQ(-ECONNREFUSED, connect_to(fd, self->listener));
	EXPECT_TRUE(nobody_comes(self->listener));
	close(fd);
}

TEST_F(lua, what_is_received_is_judged_as_well)
{
	int fd = lua_socket(variant->family), peer;
	char buf[8] = "";

	ASSERT_EQ(0, lua_attach(fd));
	ASSERT_EQ(0, lua_load(fd, "function connect(sk, a, p) to = p return true end "
				  "function process() return to == sk.peer_port end"));
	ASSERT_EQ(0, lua_hook(fd, SS_LUA_HOOK_CONNECT, "connect"));
	ASSERT_EQ(0, lua_entry(fd, "process"));
	ASSERT_EQ(0, connect_to(fd, self->listener));
	peer = lua_accept(self->listener);
	ASSERT_EQ(0, lua_puts(peer, "good"));
	EXPECT_EQ(4, recv(fd, buf, sizeof(buf), 0));
	EXPECT_STREQ("good", buf);
	close(peer);
	close(fd);
}

TEST_HARNESS_MAIN
