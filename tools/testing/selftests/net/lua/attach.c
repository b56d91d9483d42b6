// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_ULP "lua": who may have it, on which sockets, and who else may not be
 * there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lua_families.h"

#define NOBODY 65534

static int set_ulp(int fd, const char *name)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, name, strlen(name)) ?
	       -errno : 0;
}

static const char *get_ulp(int fd)
{
	static char name[16];
	socklen_t len = sizeof(name);

	memset(name, 0, sizeof(name));
	if (getsockopt(fd, IPPROTO_TCP, TCP_ULP, name, &len))
		snprintf(name, sizeof(name), "errno %d", errno);
	return name;
}

/* What @fn returns, as a user without privilege. */
static int as_nobody(int (*fn)(int fd), int fd)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			_exit(255);
		_exit(-fn(fd));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

TEST_F(lua, the_name_is_lua)
{
	EXPECT_STREQ("", get_ulp(self->pair.fd));
	EXPECT_EQ(0, set_ulp(self->pair.fd, "lua"));
	EXPECT_STREQ("lua", get_ulp(self->pair.fd));
}

TEST_F(lua, a_socket_takes_it_in_each_state)
{
	int fresh = lua_socket(variant->family);

	EXPECT_EQ(0, lua_attach(fresh));
	EXPECT_EQ(0, lua_attach(self->listener));
	EXPECT_EQ(0, lua_attach(self->pair.fd));
	ASSERT_EQ(0, shutdown(self->pair.peer, SHUT_RDWR));
	EXPECT_EQ(0, lua_attach(self->pair.peer));
	close(fresh);
}

TEST_F(lua, a_second_time_is_refused)
{
	EXPECT_EQ(0, lua_attach(self->pair.fd));
	EXPECT_EQ(-EEXIST, lua_attach(self->pair.fd));
	EXPECT_STREQ("lua", get_ulp(self->pair.fd));
}

TEST_F(lua, an_accepted_socket_has_it_already)
{
	struct lua_pair pair;

	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	EXPECT_STREQ("lua", get_ulp(pair.fd));
	EXPECT_EQ(-EEXIST, lua_attach(pair.fd));
	EXPECT_STREQ("", get_ulp(pair.peer));
	lua_pair_close(&pair);
}

TEST_F(lua, no_socket_has_the_options_without_it)
{
	char text[64];
	socklen_t len = sizeof(text);

	EXPECT_EQ(-ENOPROTOOPT, lua_load(self->pair.fd, "x = 1"));
	EXPECT_EQ(-ENOPROTOOPT, lua_entry(self->pair.fd, "x"));
	EXPECT_NE(0, getsockopt(self->pair.fd, SOL_LUA, SS_LUA_ERROR, text,
				&len));
	/* TCP's level is where IP's unknown ones end. */
	EXPECT_TRUE(errno == ENOPROTOOPT || errno == EOPNOTSUPP);
}

TEST_F(lua, it_needs_privilege)
{
	EXPECT_EQ(-EPERM, as_nobody(lua_attach, self->pair.fd));
	EXPECT_STREQ("", get_ulp(self->pair.fd));
	EXPECT_EQ(0, lua_attach(self->pair.fd));
}

static int load_something(int fd)
{
	return lua_load(fd, "function process() return true end");
}

static int set_process(int fd)
{
	return lua_entry(fd, "process");
}

TEST_F(lua, a_script_needs_privilege)
{
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	EXPECT_EQ(-EPERM, as_nobody(load_something, self->pair.fd));
	ASSERT_EQ(0, load_something(self->pair.fd));
	EXPECT_EQ(-EPERM, as_nobody(set_process, self->pair.fd));
	EXPECT_EQ(0, set_process(self->pair.fd));
}

/* Who is root there is still nobody. */
static int attach_in_own_namespace(int fd)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return -EXDEV;
	fd = lua_socket(AF_INET);
	return fd < 0 ? fd : lua_attach(fd);
}

TEST_F(lua, a_user_namespace_gives_no_privilege)
{
	int err;

	/* So that a module need not be loaded. */
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	err = as_nobody(attach_in_own_namespace, -1);
	if (err == -EXDEV)
		SKIP(return, "no user namespaces");
	EXPECT_EQ(-EPERM, err);
}

TEST_F(lua, whoever_gets_the_socket_reads_judged_data)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true, 'judged'"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	pid = fork();
	if (!pid) {
		char buf[16] = "";

		if (setresuid(NOBODY, NOBODY, NOBODY))
			_exit(1);
		_exit(recv(self->pair.fd, buf, sizeof(buf), 0) != 6 ||
		      strcmp(buf, "judged"));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(lua, tls_cannot_join)
{
	if (set_ulp(self->pair.peer, "tls") == -ENOENT)
		SKIP(return, "no tls");
	EXPECT_EQ(-EEXIST, lua_attach(self->pair.peer));
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	EXPECT_EQ(-EEXIST, set_ulp(self->pair.fd, "tls"));
	EXPECT_STREQ("lua", get_ulp(self->pair.fd));
}

static int sockmap(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = sizeof(int),
		.value_size = sizeof(int),
		.max_entries = 4,
	};

	return syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int sockmap_add(int map, int key, int fd)
{
	union bpf_attr attr = {
		.map_fd = map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&fd,
		.flags = BPF_ANY,
	};

	return syscall(__NR_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)) ?
	       -errno : 0;
}

TEST_F(lua, a_socket_with_it_does_not_go_into_a_sockmap)
{
	struct lua_pair pair;
	int map = sockmap();

	if (map < 0)
		SKIP(return, "no sockmap");
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	EXPECT_EQ(-EOPNOTSUPP, sockmap_add(map, 0, self->pair.fd));

	ASSERT_EQ(0, lua_attach(self->listener));
	EXPECT_EQ(-EOPNOTSUPP, sockmap_add(map, 1, self->listener));
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	EXPECT_EQ(-EOPNOTSUPP, sockmap_add(map, 2, pair.fd));
	EXPECT_EQ(0, sockmap_add(map, 3, pair.peer));
	lua_pair_close(&pair);
	close(map);
}

TEST_F(lua, a_socket_in_a_sockmap_does_not_take_it)
{
	int map = sockmap();

	if (map < 0)
		SKIP(return, "no sockmap");
	ASSERT_EQ(0, sockmap_add(map, 0, self->pair.fd));
	EXPECT_EQ(-EBUSY, lua_attach(self->pair.fd));
	EXPECT_STREQ("", get_ulp(self->pair.fd));
	close(map);
}

/* One end of a connection over IPv4 between IPv6 sockets. */
static int connect_mapped(struct __test_metadata *_metadata,
			  struct lua_pair *pair)
{
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6 };
	socklen_t len = sizeof(addr);
	int listener = lua_socket(AF_INET6);

	pair->sender = 0;
	ASSERT_EQ(0, bind(listener, (struct sockaddr *)&addr, sizeof(addr)));
	ASSERT_EQ(0, listen(listener, 1));
	ASSERT_EQ(0, getsockname(listener, (struct sockaddr *)&addr, &len));
	ASSERT_EQ(1, inet_pton(AF_INET6, "::ffff:127.0.0.1", &addr.sin6_addr));
	pair->peer = lua_socket(AF_INET6);
	ASSERT_EQ(0, connect(pair->peer, (struct sockaddr *)&addr, len));
	pair->fd = lua_accept(listener);
	ASSERT_LE(0, pair->fd);
	close(listener);
	return 0;
}

TEST(a_socket_with_it_keeps_its_family)
{
	struct lua_pair pair;
	int family = AF_INET;

	connect_mapped(_metadata, &pair);
	ASSERT_EQ(0, lua_attach(pair.fd));
	EXPECT_EQ(-1, setsockopt(pair.fd, IPPROTO_IPV6, IPV6_ADDRFORM, &family,
				 sizeof(family)));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(0, setsockopt(pair.peer, IPPROTO_IPV6, IPV6_ADDRFORM,
				&family, sizeof(family)));
	EXPECT_EQ(0, lua_attach(pair.peer));
	EXPECT_EQ(0, lua_judge(pair.peer, "return false"));
	lua_pair_close(&pair);
}

/* Loaded, as a module? */
static bool is_module(void)
{
	return !access("/sys/module/lua_ulp/refcnt", F_OK);
}

static int unload(void)
{
	return syscall(__NR_delete_module, "lua_ulp", O_NONBLOCK) ? -errno : 0;
}

/* The sockets of the test before this one may not be gone yet. */
static int unload_patiently(void)
{
	int err, ms;

	for (ms = 0; ms < LUA_PATIENCE_MS; ms += 20) {
		err = unload();
		if (err != -EWOULDBLOCK && err != -EBUSY)
			break;
		usleep(20000);
	}
	return err;
}

TEST_F(lua, the_module_stays_while_a_socket_has_it)
{
	struct lua_pair pair;

	ASSERT_EQ(0, lua_attach(self->listener));
	if (!is_module())
		SKIP(return, "built in");
	EXPECT_EQ(-EWOULDBLOCK, unload());

	/* A connection alone keeps it, too, judged or not. */
	ASSERT_EQ(0, lua_judge(self->listener, "return true"));
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	close(self->listener);
	usleep(LUA_A_WHILE_MS * 1000);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	ASSERT_EQ(0, lua_puts(pair.peer, "x"));
	EXPECT_TRUE(lua_readable(pair.fd));
	EXPECT_EQ(-EWOULDBLOCK, unload());

	lua_pair_close(&pair);
	EXPECT_EQ(0, unload_patiently());
	EXPECT_FALSE(is_module());
}

TEST_F(lua, the_module_stays_for_a_connection_that_nobody_accepts)
{
	int peer;

	ASSERT_EQ(0, lua_judge(self->listener, "return true"));
	if (!is_module())
		SKIP(return, "built in");
	peer = lua_connect(self->listener);
	ASSERT_EQ(0, lua_puts(peer, "x"));
	ASSERT_EQ(0, lua_arrived(peer));
	close(self->listener);
	close(peer);
	EXPECT_EQ(0, unload_patiently());
}

TEST_F(lua, the_module_comes_when_it_is_asked_for)
{
	ASSERT_EQ(0, lua_attach(self->listener));
	if (!is_module())
		SKIP(return, "built in");
	close(self->listener);
	ASSERT_EQ(0, unload_patiently());
	ASSERT_FALSE(is_module());
	EXPECT_EQ(0, lua_attach(self->pair.fd));
	EXPECT_TRUE(is_module());
}

TEST_HARNESS_MAIN
