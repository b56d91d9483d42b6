// SPDX-License-Identifier: GPL-2.0
/*
 * Dictionaries that scripts share: what connections of one listener count
 * together, and who sees what. Each test has a network namespace of its own, and
 * so its own names.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define LUA_PREPARE() lua_own_network()
#include "lua_families.h"

#define MAX_DICT_MEMORY "/proc/sys/net/lua/max_dict_memory"

#define OWN	"local d = require 'shared'.script(65536) "
#define NAMED	"local d = require 'shared'.dict('name', 65536) "

/* Peers send a statement, and read what it has returned. */
#define EVAL								\
	"function process(data) "					\
	"local r = table.pack(load(tostring(data), '=', 't', "		\
	"setmetatable({ d = d, shared = require 'shared' }, { __index = _G }))()) " \
	"for i = 1, r.n do r[i] = tostring(r[i]) end "			\
	"return true, table.concat(r, ' ') end "

/* One that listens, with a connection. */
struct server {
	int listener;
	struct lua_pair pair;
};

static int server_open(struct server *server, int family, const char *script)
{
	int err;

	server->listener = lua_listen(family);
	err = lua_script(server->listener, script);
	return err ? err : lua_pair_accept(&server->pair, server->listener);
}

static void server_close(struct server *server)
{
	lua_pair_close(&server->pair);
	close(server->listener);
}

/* Dictionaries end a moment after the last who had them. */
static long memory_in_the_end(void)
{
	long memory;
	int i;

	for (i = 0; i < LUA_PATIENCE_MS / 20; i++) {
		memory = lua_counter("LuaDictMemoryNow");
		if (!memory)
			break;
		usleep(20000);
	}
	return memory;
}

#define THREADS		4
#define CONNECTIONS	50

/* Connections of one thread, and the sum of the numbers that they got. */
struct counting {
	pthread_t thread;
	int listener;
	long sum;
	int err;
};

/* What is accepted may be another thread's connection; that one writes first. */
static int count_one(struct counting *counting)
{
	struct lua_pair pair;
	char buf[32] = "";
	int err;

	err = lua_pair_accept(&pair, counting->listener);
	if (!err)
		err = lua_puts(pair.peer, "x");
	if (!err && recv(pair.fd, buf, sizeof(buf) - 1, 0) <= 0)
		err = -errno;
	counting->sum += atol(buf);
	close(pair.fd);
	close(pair.peer);
	return err;
}

static void *count(void *arg)
{
	struct counting *counting = arg;
	int i;

	for (i = 0; i < CONNECTIONS && !counting->err; i++)
		counting->err = count_one(counting);
	return NULL;
}

TEST_F(lua, each_number_is_given_to_one_connection)
{
	const long n = THREADS * CONNECTIONS;
	struct counting counting[THREADS] = {};
	struct lua_pair pair;
	long sum = 0;
	int i;

	ASSERT_EQ(0, lua_script(self->listener, OWN
				"function process() return true, tostring(d:incr('n', 1, 0)) end"));
	for (i = 0; i < THREADS; i++) {
		counting[i].listener = self->listener;
		ASSERT_EQ(0, pthread_create(&counting[i].thread, NULL, count,
					    &counting[i]));
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(counting[i].thread, NULL);
		EXPECT_EQ(0, counting[i].err);
		sum += counting[i].sum;
	}
	EXPECT_EQ(n * (n + 1) / 2, sum);
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	EXPECT_EQ(n + 1, atol(lua_pair_exchange(&pair, "x")));
	lua_pair_close(&pair);
}

TEST_F(lua, what_one_connection_sets_another_gets)
{
	struct lua_pair other;
	struct server server;

	ASSERT_EQ(0, server_open(&server, variant->family, OWN EVAL));
	ASSERT_EQ(0, lua_pair_accept(&other, server.listener));
	EXPECT_STREQ("true nil false",
		     lua_pair_exchange(&server.pair, "return d:set('k', 'v')"));
	EXPECT_STREQ("v", lua_pair_exchange(&other, "return d:get 'k'"));
	lua_pair_close(&server.pair);
	EXPECT_STREQ("v", lua_pair_exchange(&other, "return d:get 'k'"));
	close(server.listener);
	EXPECT_STREQ("v", lua_pair_exchange(&other, "return d:get 'k'"));
	lua_pair_close(&other);
	EXPECT_EQ(0, memory_in_the_end());
}

TEST_F(lua, the_listener_shares_with_its_connections)
{
	struct lua_pair pair;

	ASSERT_EQ(0, lua_script(self->listener, OWN
				"function accept(conn) d:set(conn.peer_port, 'seen') return true end "
				"function process() return true, d:get(sk.peer_port) end"));
	ASSERT_EQ(0, lua_hook(self->listener, SS_LUA_HOOK_ACCEPT, "accept"));
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	EXPECT_STREQ("seen", lua_pair_exchange(&pair, "x"));
	lua_pair_close(&pair);
}

TEST_F(lua, two_listeners_with_the_same_text_share_nothing)
{
	struct server one, two;

	ASSERT_EQ(0, server_open(&one, variant->family, OWN EVAL));
	ASSERT_EQ(0, server_open(&two, variant->family, OWN EVAL));
	lua_pair_exchange(&one.pair, "return d:set('k', 'v')");
	EXPECT_STREQ("nil", lua_pair_exchange(&two.pair, "return d:get 'k'"));
	EXPECT_STREQ("v", lua_pair_exchange(&one.pair, "return d:get 'k'"));
	server_close(&one);
	server_close(&two);
}

TEST_F(lua, a_script_that_is_loaded_again_begins_anew)
{
	struct lua_pair later;
	struct server server;

	ASSERT_EQ(0, server_open(&server, variant->family, OWN EVAL));
	lua_pair_exchange(&server.pair, "return d:set('k', 'v')");
	ASSERT_EQ(0, lua_load(server.listener, OWN EVAL));
	ASSERT_EQ(0, lua_pair_accept(&later, server.listener));
	EXPECT_STREQ("nil", lua_pair_exchange(&later, "return d:get 'k'"));
	EXPECT_STREQ("v", lua_pair_exchange(&server.pair, "return d:get 'k'"));
	lua_pair_close(&later);
	server_close(&server);
}

TEST_F(lua, a_name_is_the_same_for_all_listeners)
{
	struct server one, two;

	ASSERT_EQ(0, server_open(&one, variant->family, NAMED EVAL));
	ASSERT_EQ(0, server_open(&two, variant->family, "x = 1 " NAMED EVAL));
	lua_pair_exchange(&one.pair, "return d:set('k', 'v')");
	EXPECT_STREQ("v", lua_pair_exchange(&two.pair, "return d:get 'k'"));
	server_close(&one);
	server_close(&two);
}

TEST_F(lua, a_name_outlives_all_sockets_until_it_is_removed)
{
	struct server server;

	ASSERT_EQ(0, server_open(&server, variant->family, NAMED EVAL));
	lua_pair_exchange(&server.pair, "return d:set('k', 'v')");
	server_close(&server);
	ASSERT_EQ(0, server_open(&server, variant->family, NAMED EVAL));
	EXPECT_STREQ("v", lua_pair_exchange(&server.pair, "return d:get 'k'"));
	EXPECT_STREQ("true", lua_pair_exchange(&server.pair,
					       "return shared.remove 'name'"));
	EXPECT_STREQ("v", lua_pair_exchange(&server.pair, "return d:get 'k'"));
	server_close(&server);
	EXPECT_EQ(0, memory_in_the_end());
}

/* With a dictionary of either kind, which its sockets' end leaves behind. */
static int use_another_namespace(int family)
{
	struct server server;
	int err;

	if (lua_own_network())
		return 1;
	if (server_open(&server, family, NAMED EVAL OWN "d:set('own', 1)"))
		return 2;
	err = strcmp("nil", lua_pair_exchange(&server.pair, "return d:get 'k'")) ? 3 : 0;
	lua_pair_exchange(&server.pair, "return d:set('k', 'other')");
	if (lua_counter("LuaDictMemoryNow") != 2 * 65536)
		err = 4;
	return err;
}

TEST_F(lua, another_namespace_has_its_own_names)
{
	struct server server;
	int status;
	pid_t pid;

	ASSERT_EQ(0, server_open(&server, variant->family, NAMED EVAL));
	lua_pair_exchange(&server.pair, "return d:set('k', 'v')");
	pid = fork();
	if (!pid)
		_exit(use_another_namespace(variant->family));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_STREQ("v", lua_pair_exchange(&server.pair, "return d:get 'k'"));
	server_close(&server);
}

/* The manual's example */
#define LIMIT_PER_ADDRESS						\
	"local open = require 'shared'.script() "			\
	"function accept(conn) "					\
	"if open:incr(conn.peer, 1, 0) <= 3 then return true end "	\
	"open:incr(conn.peer, -1) return false, 'too many from there' end " \
	"function close() if sk.peer then open:incr(sk.peer, -1) end end "

/* -EAGAIN if the script refused it, and then the peer knows. */
static int admit(struct lua_pair *pair, int listener)
{
	int err = lua_pair_accept(pair, listener);
	char c;

	if (err == -EAGAIN && recv(pair->peer, &c, 1, 0) != -1)
		err = -EISCONN;
	if (err)
		close(pair->peer);
	return err;
}

TEST_F(lua, connections_of_an_address_are_limited)
{
	struct lua_pair pairs[3], more;
	unsigned int i, round;

	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, lua_load(self->listener, LIMIT_PER_ADDRESS));
	ASSERT_EQ(0, lua_hook(self->listener, SS_LUA_HOOK_ACCEPT, "accept"));
	ASSERT_EQ(0, lua_hook(self->listener, SS_LUA_HOOK_CLOSE, "close"));
	ASSERT_EQ(0, fcntl(self->listener, F_SETFL, O_NONBLOCK));
	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		ASSERT_EQ(0, admit(&pairs[i], self->listener));
	for (round = 0; round < 5; round++) {
		EXPECT_EQ(-EAGAIN, admit(&more, self->listener));
		EXPECT_STREQ("too many from there", lua_error(self->listener));
		lua_pair_close(&pairs[round % 3]);
		ASSERT_EQ(0, admit(&pairs[round % 3], self->listener));
	}
	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		lua_pair_close(&pairs[i]);
}

static int connect_from(int listener, const char *address)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	int fd = lua_socket(AF_INET);

	inet_pton(AF_INET, address, &addr.sin_addr);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len) ||
	    connect(fd, (struct sockaddr *)&addr, len))
		return -errno;
	return fd;
}

TEST(each_address_has_a_limit_of_its_own)
{
	int listener, fd[7], i;

	ASSERT_EQ(0, lua_own_network());
	listener = lua_listen(AF_INET);
	ASSERT_EQ(0, lua_attach(listener));
	ASSERT_EQ(0, lua_load(listener, LIMIT_PER_ADDRESS));
	ASSERT_EQ(0, lua_hook(listener, SS_LUA_HOOK_ACCEPT, "accept"));
	ASSERT_EQ(0, fcntl(listener, F_SETFL, O_NONBLOCK));
	for (i = 0; i < 7; i++) {
		fd[i] = connect_from(listener, i < 4 ? "127.0.0.2" : "127.0.0.3");
		ASSERT_LE(0, fd[i]);
		EXPECT_EQ(i == 3, lua_accept(listener) == -EAGAIN);
	}
	for (i = 0; i < 7; i++)
		close(fd[i]);
	close(listener);
}

#define FILL								\
	"d:set('first', 1) d:set('second', 1) "				\
	"for i = 1, 1000 do d:set(i, i) d:get 'first' end "		\
	"return d:get 'first' == 1 and d:get 'second' == nil and "	\
	"d:get(1000) == 1000 and d:get(1) == nil"

TEST_F(lua, a_full_dictionary_forgets_what_was_used_least)
{
	struct server server;

	ASSERT_EQ(0, server_open(&server, variant->family,
				 "d = require 'shared'.script(8192) " EVAL));
	EXPECT_STREQ("true", lua_pair_exchange(&server.pair, FILL));
	EXPECT_LT(900, lua_counter("LuaDictEvictions"));
	EXPECT_EQ(8192, lua_counter("LuaDictMemoryNow"));
	server_close(&server);
	EXPECT_EQ(0, memory_in_the_end());
}

TEST_F(lua, the_namespace_has_a_limit)
{
	struct server server;
	int fd = lua_socket(variant->family);

	ASSERT_EQ(0, lua_write_file(MAX_DICT_MEMORY, "100000"));
	ASSERT_EQ(0, server_open(&server, variant->family, OWN EVAL));
	ASSERT_EQ(0, lua_attach(fd));
	EXPECT_EQ(-EINVAL, lua_load(fd, OWN));
	EXPECT_STREQ("script:1: no dictionary: limit of the namespace (max_dict_memory) reached",
		     lua_error(fd));
	server_close(&server);
	ASSERT_EQ(0, memory_in_the_end());
	EXPECT_EQ(0, lua_load(fd, OWN));
	close(fd);
}

TEST_F(lua, a_lower_limit_takes_from_nobody)
{
	struct server server;

	ASSERT_EQ(0, server_open(&server, variant->family, OWN EVAL));
	ASSERT_EQ(0, lua_write_file(MAX_DICT_MEMORY, "0"));
	EXPECT_STREQ("true nil false",
		     lua_pair_exchange(&server.pair, "return d:set('k', 'v')"));
	EXPECT_STREQ("v", lua_pair_exchange(&server.pair, "return d:get 'k'"));
	EXPECT_EQ(-EINVAL, lua_load(server.listener, OWN));
	server_close(&server);
}

TEST_F(lua, a_script_that_fails_leaves_no_dictionary)
{
	int fd = lua_socket(variant->family), i;

	ASSERT_EQ(0, lua_attach(fd));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(-EINVAL, lua_load(fd, OWN "d:set('k', 'v') error 'no'"));
	EXPECT_EQ(0, memory_in_the_end());
	close(fd);
}

TEST_F(lua, what_has_expired_is_gone_for_all)
{
	struct lua_pair other;
	struct server server;

	ASSERT_EQ(0, server_open(&server, variant->family, OWN EVAL));
	ASSERT_EQ(0, lua_pair_accept(&other, server.listener));
	lua_pair_exchange(&server.pair, "return d:set('k', 'v', 10), d:set('s', 'v', 100000)");
	usleep(30000);
	EXPECT_STREQ("nil v", lua_pair_exchange(&other, "return d:get 'k', d:get 's'"));
	lua_pair_close(&other);
	server_close(&server);
}

TEST_HARNESS_MAIN
