// SPDX-License-Identifier: GPL-2.0
/*
 * Each call of the interface, again and again: the first allocation in it fails, then the
 * second, until none is left that could. It must report that or do without, the socket is
 * as it was before, and nothing that the script has not passed is read.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>

#include "kselftest_harness.h"
#include "lua_fault.h"
#include "lua_sock.h"
#include "lua_ways.h"

/* More failures than any call has */
#define MANY	3000

#define OLD	"function process() return true, 'old' end function other() end"
#define NEW	"function process() return true, 'new' end"

/* What a call that misses memory, or a page of the caller's, may say */
static bool is_excuse(long err)
{
	return err == -ENOMEM || err == -ENOBUFS || err == -ENFILE || err == -EFAULT ||
	       err == -EAGAIN || err == -EIO;
}

/* Options that are set on a socket that has a script */

static int set_script(int fd)
{
	return lua_load(fd, NEW);
}

static int set_entry(int fd)
{
	return lua_entry(fd, "other");
}

static int set_hook(int fd)
{
	return lua_hook(fd, SS_LUA_HOOK_SEND, "other");
}

static int set(int fd, int option, const void *value, socklen_t len)
{
	return setsockopt(fd, SOL_LUA, option, value, len) ? -errno : 0;
}

static int set_limits(int fd)
{
	static const struct ss_lua_limits limits = { .max_memory = 512 * 1024 };

	return set(fd, SS_LUA_LIMITS, &limits, sizeof(limits));
}

static int set_onerror(int fd)
{
	static const int pass = SS_LUA_ONERROR_PASS;

	return set(fd, SS_LUA_ONERROR, &pass, sizeof(pass));
}

static const struct {
	const char *name;
	int (*set)(int fd);
	const char *after;	/* what is read if it could be set; NULL: as before */
} settings[] = {
	{ "SS_LUA_LOADSCRIPT", set_script, "new" },
	{ "SS_LUA_ENTRYPOINT", set_entry, "Connection refused" },
	{ "SS_LUA_HOOK", set_hook, NULL },
	{ "SS_LUA_LIMITS", set_limits, NULL },
	{ "SS_LUA_ONERROR", set_onerror, NULL },
};

FIXTURE(fault)
{
	int listener;
	struct lua_pair pair;
};

FIXTURE_SETUP(fault)
{
	self->pair = (struct lua_pair){ .fd = -1, .peer = -1, .sender = -1 };
	ASSERT_EQ(0, lua_own_network());
	if (!lua_can_fail())
		SKIP(return, "no fault injection");
	self->listener = lua_listen(AF_INET);
	ASSERT_LE(0, self->listener);
	ASSERT_EQ(0, lua_attach(self->listener));
}

FIXTURE_TEARDOWN(fault)
{
	lua_fail_nth(0);
	lua_pair_close(&self->pair);
	close(self->listener);
}

TEST_F(fault, an_option_is_set_or_all_is_as_before)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		int n, fired = 1, failed = 0;

		for (n = 1; fired && n < MANY; n++) {
			const char *expected = "old";
			int err;

			lua_pair_close(&self->pair);
			ASSERT_EQ(0, lua_script(self->listener, OLD));
			ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
			lua_fail_nth(n);
			err = settings[i].set(self->pair.fd);
			fired = !lua_fail_nth(0);
			failed += err < 0;
			EXPECT_TRUE(!err || (fired && is_excuse(err))) {
				TH_LOG("%s, %d: %s", settings[i].name, n, strerror(-err));
			}
			if (!err && settings[i].after)
				expected = settings[i].after;
			EXPECT_STREQ(expected, lua_pair_exchange(&self->pair, "?")) {
				TH_LOG("%s, %d: %d, '%s'", settings[i].name, n, err,
				       lua_error(self->pair.fd));
			}
		}
		EXPECT_GT(MANY, n);
		EXPECT_LE(2, failed) {
			TH_LOG("%s: %d of %d", settings[i].name, failed, n);
		}
	}
}

TEST_F(fault, the_protocol_is_attached_or_it_is_not)
{
	int n, fired = 1;

	for (n = 1; fired && n < MANY; n++) {
		int fd = lua_socket(AF_INET), err;

		ASSERT_LE(0, fd);
		lua_fail_nth(n);
		err = lua_attach(fd);
		fired = !lua_fail_nth(0);
		EXPECT_TRUE(!err || (fired && is_excuse(err)));
		EXPECT_EQ(err ? 0 : -EEXIST, lua_attach(fd));
		close(fd);
	}
	EXPECT_LT(1, n);
	EXPECT_GT(MANY, n);
}

TEST_F(fault, an_option_is_told_or_an_error)
{
	static const int options[] = {
		SS_LUA_LOADSCRIPT, SS_LUA_ENTRYPOINT, SS_LUA_ERROR, SS_LUA_HOOK,
		SS_LUA_ONERROR, SS_LUA_LIMITS, SS_LUA_LOG, SS_LUA_INFO,
	};
	unsigned int i;

	ASSERT_EQ(0, lua_judge(self->listener, "print('line') return true"));
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	ASSERT_STREQ("x", lua_pair_exchange(&self->pair, "x"));
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		int n, fired = 1;

		for (n = 1; fired && n < MANY; n++) {
			char value[4096];
			socklen_t len = sizeof(value);
			int err = 0;

			memset(value, 0, sizeof(value));
			lua_fail_nth(n);
			if (getsockopt(self->pair.fd, SOL_LUA, options[i], value, &len))
				err = -errno;
			fired = !lua_fail_nth(0);
			EXPECT_TRUE(!err || (fired && is_excuse(err))) {
				TH_LOG("option %d, %d: %s", options[i], n, strerror(-err));
			}
			/* A text that could not be given away is still there. */
			if (!err && options[i] == SS_LUA_LOG)
				EXPECT_EQ(0, strncmp(value, "line\n", len));
		}
		EXPECT_LT(1, n);
		EXPECT_GT(MANY, n);
	}
}

static const char * const scripts[] = {
	"print(size) return true, tostring(data):upper()",
	"if size < 3 then more(3 - size) end return true, tostring(data):upper()",
	"local d = require 'shared'.script(65536) d:set('seen', tostring(data))\n"
	"return true, d:get('seen'):upper()",
	"data:layout { a = { 0, 8 }, b = { 8, 8 }, c = { 16, 8 } }\n"
	"data.a, data.b, data.c = 65, 66, 67 return true",
};

/* Those that do not lose what they have read when something of their own fails */
static const char * const ways[] = {
	"read", "recvmsg", "MSG_PEEK", "MSG_TRUNC", "poll", "SIOCINQ", "TCP_INQ", "splice",
	"TCP_ZEROCOPY_RECEIVE",
};

static const struct lua_way *way_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < lua_num_ways(); i++) {
		if (!strcmp(lua_ways[i].name, name))
			return &lua_ways[i];
	}
	return NULL;
}

/* A way to read also compares what the kernel says with what it does: poll(), SIOCINQ */
static bool is_doubt(long err)
{
	return err == -EBADMSG || err == -ETIMEDOUT;
}

/* Nothing that was not judged */
static bool is_judged(const char *bytes, ssize_t len)
{
	return strspn(bytes, "ABC") == (size_t)len;
}

TEST_F(fault, nothing_unjudged_is_read)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scripts) * ARRAY_SIZE(ways); i++) {
		const struct lua_way *way = way_named(ways[i % ARRAY_SIZE(ways)]);
		unsigned int j = i / ARRAY_SIZE(ways);
		int n, fired = 1;

		ASSERT_NE(NULL, way);
		ASSERT_EQ(0, lua_judge(self->listener, scripts[j]));
		for (n = 1; fired && n < MANY; n++) {
			char bytes[64];
			ssize_t got, rest;

			memset(bytes, 0, sizeof(bytes));
			lua_pair_close(&self->pair);
			ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
			ASSERT_EQ(0, lua_puts(self->pair.peer, "abc"));
			ASSERT_EQ(0, lua_arrived(self->pair.peer));
			lua_fail_nth(n);
			got = way->read(self->pair.fd, bytes, 16);
			if (got < 0)
				got = -errno;
			fired = !lua_fail_nth(0);
			EXPECT_TRUE(got > 0 ? is_judged(bytes, got) :
					      fired && (is_excuse(got) || is_doubt(got))) {
				TH_LOG("%s, script %u, %d: %zd '%s'", way->name, j, n,
				       got, bytes);
			}
			memset(bytes, 0, sizeof(bytes));
			rest = recv(self->pair.fd, bytes, 16, MSG_DONTWAIT);
			EXPECT_TRUE(rest < 0 ? is_excuse(-errno) : is_judged(bytes, rest)) {
				TH_LOG("%s, script %u, %d: %zd, then %zd '%s'", way->name,
				       j, n, got, rest, bytes);
			}
		}
		EXPECT_LT(5, n);
		EXPECT_GT(MANY, n) {
			TH_LOG("%s, script %u", way->name, j);
		}
	}
}

static void close_waiting(int listener)
{
	while (lua_poll(listener, POLLIN, 0) > 0) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

		if (fd >= 0)
			close(fd);
	}
}

TEST_F(fault, a_connection_is_accepted_or_stays)
{
	int n, fired = 1;

	ASSERT_EQ(0, lua_handle(self->listener, SS_LUA_HOOK_ACCEPT, "return true"));
	for (n = 1; fired && n < MANY; n++) {
		int peer = lua_connect(self->listener), fd;

		ASSERT_LE(0, peer);
		ASSERT_EQ(1, lua_poll(self->listener, POLLIN, LUA_PATIENCE_MS));
		lua_fail_nth(n);
		fd = accept(self->listener, NULL, NULL);
		if (fd < 0)
			fd = -errno;
		fired = !lua_fail_nth(0);
		EXPECT_TRUE(fd >= 0 || (fired && is_excuse(fd))) {
			TH_LOG("%d: %s", n, strerror(-fd));
		}
		if (fd >= 0)
			close(fd);
		close(peer);
		/* one that was not accepted is refused, or still there */
		close_waiting(self->listener);
	}
	EXPECT_LT(5, n);
	EXPECT_GT(MANY, n);
}

TEST_F(fault, a_connection_is_made_or_it_is_not)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int n, fired = 1;

	ASSERT_EQ(0, getsockname(self->listener, (void *)&addr, &len));
	for (n = 1; fired && n < MANY; n++) {
		int fd = lua_socket(AF_INET), err;

		ASSERT_EQ(0, lua_attach(fd));
		ASSERT_EQ(0, lua_handle(fd, SS_LUA_HOOK_CONNECT, "return true"));
		lua_fail_nth(n);
		err = connect(fd, (void *)&addr, len) ? -errno : 0;
		fired = !lua_fail_nth(0);
		EXPECT_TRUE(!err || (fired && (is_excuse(err) || err == -ECONNREFUSED ||
					       err == -ETIMEDOUT))) {
			TH_LOG("%d: %s", n, strerror(-err));
		}
		close(fd);
		close_waiting(self->listener);
	}
	EXPECT_LT(5, n);
	EXPECT_GT(MANY, n);
}

TEST_F(fault, what_is_sent_is_judged)
{
	int n, fired = 1;

	for (n = 1; fired && n < MANY; n++) {
		char bytes[16];
		ssize_t sent, came;
		int err = 0;

		lua_pair_close(&self->pair);
		ASSERT_EQ(0, lua_pair_open(&self->pair, AF_INET));
		ASSERT_EQ(0, lua_attach(self->pair.fd));
		ASSERT_EQ(0, lua_handle(self->pair.fd, SS_LUA_HOOK_SEND,
					"return true, tostring(data):upper()"));
		lua_fail_nth(n);
		sent = send(self->pair.fd, "abc", 3, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0)
			err = -errno;
		fired = !lua_fail_nth(0);
		EXPECT_TRUE(sent == 3 || (sent < 0 && fired && is_excuse(err)));
		shutdown(self->pair.fd, SHUT_WR);
		memset(bytes, 0, sizeof(bytes));
		came = recv(self->pair.peer, bytes, sizeof(bytes), MSG_WAITALL);
		EXPECT_TRUE(came < 0 || is_judged(bytes, came)) {
			TH_LOG("%d: %zd sent, '%s' came", n, sent, bytes);
		}
	}
	EXPECT_LT(5, n);
	EXPECT_GT(MANY, n);
}

TEST_HARNESS_MAIN
