// SPDX-License-Identifier: GPL-2.0
/*
 * How sockets with a script are handed on and how they end, also where nobody
 * closes them: floods, namespaces that go, a module that somebody wants to unload.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lua_families.h"
#include "lua_path.h"

#define HOLD_ALL	"return true, 0"
#define JUDGE		"return true, 'judged'"

/* Handed on */

TEST_F(lua, a_passed_descriptor_is_judged_for_who_has_no_right_to_load)
{
	int ends[2], status;
	pid_t pid;

	JUDGED_BY(JUDGE);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	pid = fork();
	if (!pid) {
		int fd;

		close(self->pair.fd);
		if (setuid(65534))
			_exit(2);
		fd = lua_receive_fd(ends[1]);
		if (lua_load(fd, "function process() return true end") !=
		    -EPERM)
			_exit(3);
		_exit(strcmp(lua_read_text(fd, 0), "judged") ? 4 : 0);
	}
	ASSERT_EQ(0, lua_send_fd(ends[0], self->pair.fd));
	/* In flight, it is nobody's but the message's. */
	close(self->pair.fd);
	self->pair.fd = -1;
	ASSERT_EQ(0, lua_puts(self->pair.peer, "raw"));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
	close(ends[0]);
	close(ends[1]);
}

TEST_F(lua, a_descriptor_that_is_never_received_is_freed)
{
	long users = lua_module_users();
	int ends[2];

	if (users < 0)
		SKIP(return, "Lua is built in");
	JUDGED_BY(HOLD_ALL);
	ASSERT_EQ(0, lua_puts(self->pair.peer, "held"));
	EXPECT_EQ(0, lua_poll(self->pair.fd, POLLIN, 0));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	ASSERT_EQ(0, lua_send_fd(ends[0], self->pair.fd));
	lua_pair_close(&self->pair);
	close(self->listener);
	self->listener = -1;
	close(ends[0]);
	close(ends[1]);
	EXPECT_TRUE(lua_users_return_to(users));
}

/* Both ends, and others */

TEST_F(lua, both_ends_may_close_at_once)
{
	long users = lua_module_users();
	int i;

	for (i = 0; i < 20; i++) {
		pid_t pid;

		JUDGED_BY(i % 2 ? "return true" : HOLD_ALL);
		if (i % 4 > 1)
			ASSERT_EQ(0, lua_puts(self->pair.peer, "data"));
		pid = fork();
		if (!pid) {
			close(self->pair.fd);
			shutdown(self->pair.peer, SHUT_RDWR);
			_exit(0);
		}
		shutdown(self->pair.fd, SHUT_RDWR);
		waitpid(pid, NULL, 0);
	}
	lua_pair_close(&self->pair);
	close(self->listener);
	self->listener = -1;
	if (users >= 0)
		EXPECT_TRUE(lua_users_return_to(users));
}

static int kill_by_ss(int peer)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	struct sockaddr_in *in = (struct sockaddr_in *)&addr;
	char command[128];

	if (getsockname(peer, (struct sockaddr *)&addr, &len))
		return -errno;
	snprintf(command, sizeof(command),
		 "ss --kill -tn dport = :%d >/dev/null 2>&1",
		 ntohs(in->sin_port));
	return system(command) ? -EOPNOTSUPP : 0;
}

/* With and without data that the script holds back. */
static const char * const killed[] = { "", "held" };

TEST_F(lua, an_administrator_can_kill_a_connection)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(killed); i++) {
		JUDGED_BY(HOLD_ALL);
		ASSERT_EQ(0, lua_puts(self->pair.peer, killed[i]));
		ASSERT_EQ(0, lua_arrived(self->pair.peer));
		EXPECT_EQ(0, lua_poll(self->pair.fd, POLLIN, 0));
		if (kill_by_ss(self->pair.peer))
			SKIP(return, "no ss that can kill");
		EXPECT_STREQ(strerror(ECONNABORTED),
			     lua_read_text(self->pair.fd, 0));
		EXPECT_STRNE("held", lua_read_text(self->pair.fd, MSG_DONTWAIT));
	}
}

/* With data on its way that the peer takes only then. */
TEST_F(lua, an_orphan_sends_what_it_has_and_goes)
{
	static char bytes[100000];
	long users = lua_module_users();
	size_t got = 0;
	ssize_t n;

	JUDGED_BY("return true");
	ASSERT_EQ(0, lua_put(self->pair.fd, bytes, sizeof(bytes)));
	close(self->pair.fd);
	self->pair.fd = -1;
	close(self->listener);
	self->listener = -1;
	while ((n = recv(self->pair.peer, bytes, sizeof(bytes), 0)) > 0)
		got += n;
	EXPECT_EQ(sizeof(bytes), got);
	lua_pair_close(&self->pair);
	if (users >= 0)
		EXPECT_TRUE(lua_users_return_to(users));
}

/* TCP repair reads and writes queues as they are. */
TEST_F(lua, repair_does_not_show_what_is_held)
{
	int on = TCP_REPAIR_ON, off = TCP_REPAIR_OFF, queue = TCP_RECV_QUEUE;
	int fd;

	JUDGED_BY(HOLD_ALL);
	fd = self->pair.fd;
	ASSERT_EQ(0, lua_puts(self->pair.peer, "held"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_EQ(0, lua_poll(fd, POLLIN, 0));
	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)));
	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue,
				sizeof(queue)));
	EXPECT_STRNE("held", lua_read_text(fd, MSG_PEEK | MSG_DONTWAIT));
	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off,
				sizeof(off)));
	ASSERT_EQ(0, lua_judge(fd, JUDGE));
	EXPECT_STREQ("judged", lua_read_text(fd, MSG_DONTWAIT));
}

TEST_F(lua, data_put_in_by_repair_is_judged)
{
	int on = TCP_REPAIR_ON, off = TCP_REPAIR_OFF, queue = TCP_RECV_QUEUE;
	int fd;

	JUDGED_BY(JUDGE);
	fd = self->pair.fd;
	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)));
	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue,
				sizeof(queue)));
	ASSERT_EQ(3, send(fd, "raw", 3, 0));
	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off,
				sizeof(off)));
	EXPECT_STREQ("judged", lua_read_text(fd, MSG_DONTWAIT));
}

/* Listeners */

TEST_F(lua, listeners_of_one_port_give_each_its_own_script)
{
	static const char * const bodies[] = {
		"return true, 'one'", "return true, 'two'",
	};
	int listeners[2], seen[2] = {}, one = 1, i, j;
	struct sockaddr_storage addr;
	socklen_t len = lua_loopback(variant->family, &addr);

	for (i = 0; i < 2; i++) {
		listeners[i] = lua_socket(variant->family);
		ASSERT_EQ(0, setsockopt(listeners[i], SOL_SOCKET, SO_REUSEPORT,
					&one, sizeof(one)));
		ASSERT_EQ(0, bind(listeners[i], (struct sockaddr *)&addr, len));
		ASSERT_EQ(0, listen(listeners[i], 64));
		ASSERT_EQ(0, fcntl(listeners[i], F_SETFL, O_NONBLOCK));
		ASSERT_EQ(0, lua_judge(listeners[i], bodies[i]));
		ASSERT_EQ(0, getsockname(listeners[i],
					 (struct sockaddr *)&addr, &len));
	}
	for (i = 0; i < 32; i++) {
		int peer = lua_connect(listeners[0]);

		ASSERT_LE(0, peer);
		ASSERT_EQ(0, lua_puts(peer, "raw"));
		for (j = 0; j < 2; j++) {
			int fd = lua_accept(listeners[j]);

			if (fd < 0)
				continue;
			EXPECT_STREQ(j ? "two" : "one", lua_read_text(fd, 0));
			seen[j]++;
			close(fd);
		}
		close(peer);
	}
	EXPECT_EQ(32, seen[0] + seen[1]);
	close(listeners[0]);
	close(listeners[1]);
}

TEST_F(lua, a_full_accept_queue_lets_no_connection_past_the_script)
{
	enum { MANY = 16 };
	struct sockaddr_storage addr;
	socklen_t len = lua_loopback(variant->family, &addr);
	int listener = lua_socket(variant->family), peers[MANY], i, fd, n = 0;
	long users = lua_module_users();

	ASSERT_EQ(0, bind(listener, (struct sockaddr *)&addr, len));
	ASSERT_EQ(0, listen(listener, 2));
	ASSERT_EQ(0, lua_judge(listener, JUDGE));
	ASSERT_EQ(0, getsockname(listener, (struct sockaddr *)&addr, &len));
	for (i = 0; i < MANY; i++) {
		peers[i] = socket(variant->family, SOCK_STREAM | SOCK_NONBLOCK,
				  0);
		connect(peers[i], (struct sockaddr *)&addr, len);
		send(peers[i], "raw", 3, MSG_NOSIGNAL);
	}
	usleep(LUA_A_WHILE_MS * 1000);
	ASSERT_EQ(0, fcntl(listener, F_SETFL, O_NONBLOCK));
	for (i = 0; i < 2; i++, n++) {
		fd = lua_accept(listener);
		if (fd < 0)
			break;
		lua_puts(peers[i], "raw");
		EXPECT_STREQ("judged", lua_read_text(fd, 0));
		close(fd);
	}
	EXPECT_LT(0, n);
	/* Some are still in its queue. */
	close(listener);
	for (i = 0; i < MANY; i++)
		close(peers[i]);
	if (users >= 0)
		EXPECT_TRUE(lua_users_return_to(users));
}

/* A SYN from somewhere that never answers. */
static int send_syn(int raw, int port, unsigned int number)
{
	struct {
		struct iphdr ip;
		struct tcphdr tcp;
	} packet = {
		.ip = {
			.version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_TCP,
			.tot_len = htons(sizeof(packet)),
			.saddr = htonl(0x0a090000 + number % 60000 + 1),
			.daddr = htonl(INADDR_LOOPBACK),
		},
		.tcp = {
			.source = htons(1024 + number % 60000),
			.dest = htons(port),
			.seq = htonl(number),
			.doff = 5,
			.syn = 1,
			.window = htons(65535),
		},
	};
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = packet.ip.daddr,
	};
	unsigned short words[sizeof(packet.tcp) / 2];
	unsigned int sum = 0, i;

	memcpy(words, &packet.tcp, sizeof(words));
	for (i = 0; i < ARRAY_SIZE(words); i++)
		sum += words[i];
	sum += (packet.ip.saddr & 0xffff) + (packet.ip.saddr >> 16) +
	       (packet.ip.daddr & 0xffff) + (packet.ip.daddr >> 16) +
	       htons(IPPROTO_TCP) + htons(sizeof(packet.tcp));
	sum = (sum & 0xffff) + (sum >> 16);
	packet.tcp.check = ~(sum + (sum >> 16));
	return sendto(raw, &packet, sizeof(packet), 0, (struct sockaddr *)&to,
		      sizeof(to)) < 0 ? -errno : 0;
}

static int syns_seen(int port)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "test -n \"$(ss -Htn state syn-recv sport = :%d)\"", port);
	return system(command) == 0;
}

TEST(a_flood_of_syns_runs_no_script_and_makes_no_state)
{
	enum { FLOOD = 3000 };
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);
	int listener, raw, i;
	struct lua_pair pair;

	ASSERT_EQ(0, lua_own_network());
	ASSERT_EQ(0, lua_write_file("/proc/sys/net/ipv4/conf/all/rp_filter",
				    "0"));
	ASSERT_EQ(0, system("ip route add 10.9.0.0/16 dev lo"));
	listener = lua_listen(AF_INET);
	ASSERT_EQ(0, lua_judge(listener, JUDGE));
	ASSERT_EQ(0, getsockname(listener, (struct sockaddr *)&addr, &len));
	raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	ASSERT_LE(0, raw);
	for (i = 0; i < FLOOD; i++)
		ASSERT_EQ(0, send_syn(raw, ntohs(addr.sin_port), i));
	EXPECT_EQ(1, syns_seen(ntohs(addr.sin_port)));
	EXPECT_EQ(0, lua_counter("LuaInherited"));
	EXPECT_EQ(0, lua_counter("LuaCalls"));
	/* One, in which the script was loaded. */
	EXPECT_EQ(1, lua_counter("LuaStates"));

	/* Cookies let a real one in. */
	ASSERT_EQ(0, lua_pair_accept(&pair, listener));
	ASSERT_EQ(0, lua_puts(pair.peer, "raw"));
	EXPECT_STREQ("judged", lua_read_text(pair.fd, 0));
	lua_pair_close(&pair);
	close(listener);
	close(raw);
}

/* Namespaces and the module */

static void live_and_die(const char *body)
{
	struct lua_pair pairs[20];
	int listener, i;

	if (lua_own_network())
		_exit(1);
	listener = lua_listen(AF_INET6);
	if (lua_judge(listener, body))
		_exit(2);
	for (i = 0; i < 20; i++) {
		if (lua_pair_accept(&pairs[i], listener))
			_exit(3);
		if (lua_puts(pairs[i].peer, "unread"))
			_exit(4);
		if (i % 2)
			lua_poll(pairs[i].fd, POLLIN, 0);
	}
	/* All are closed by the exit, and the namespace goes with them. */
	_exit(0);
}

TEST(a_namespace_goes_with_its_sockets)
{
	static const char * const bodies[] = {
		"return true", HOLD_ALL, JUDGE, "return false",
	};
	long users = lua_module_users();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bodies); i++) {
		int status;
		pid_t pid = fork();

		if (!pid)
			live_and_die(bodies[i]);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, status);
	}
	if (users >= 0)
		EXPECT_TRUE(lua_users_return_to(users));
}

TEST_F(lua, the_module_cannot_be_unloaded_under_load)
{
	int i;

	JUDGED_BY(JUDGE);
	if (lua_module_users() < 0)
		SKIP(return, "Lua is built in");
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, lua_puts(self->pair.peer, "raw"));
		EXPECT_EQ(-1, syscall(__NR_delete_module, "lua_ulp",
				      O_NONBLOCK));
		EXPECT_EQ(EWOULDBLOCK, errno);
		EXPECT_STREQ("judged", lua_read_text(self->pair.fd, 0));
	}
}

TEST_HARNESS_MAIN
