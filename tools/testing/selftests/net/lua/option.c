// SPDX-License-Identifier: GPL-2.0
/*
 * SS_LUA_ONERROR, SS_LUA_LIMITS, SS_LUA_LOG, SS_LUA_INFO as socket options:
 * what they take and give, of which size, and who inherits it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lua_families.h"

static int set(int fd, int option, const void *value, socklen_t len)
{
	return setsockopt(fd, SOL_LUA, option, value, len) ? -errno : 0;
}

static int get(int fd, int option, void *value, socklen_t *len)
{
	return getsockopt(fd, SOL_LUA, option, value, len) ? -errno : 0;
}

static int set_onerror(int fd, int value)
{
	return set(fd, SS_LUA_ONERROR, &value, sizeof(value));
}

static int get_onerror(int fd)
{
	socklen_t len = sizeof(int);
	int value = -1;

	return get(fd, SS_LUA_ONERROR, &value, &len) ?: value;
}

static int set_limits(int fd, unsigned long instructions, unsigned long memory)
{
	struct ss_lua_limits limits = {
		.max_instructions = instructions,
		.max_memory = memory,
	};

	return set(fd, SS_LUA_LIMITS, &limits, sizeof(limits));
}

static struct ss_lua_limits get_limits(int fd)
{
	struct ss_lua_limits limits = {};
	socklen_t len = sizeof(limits);

	get(fd, SS_LUA_LIMITS, &limits, &len);
	return limits;
}

static struct ss_lua_info get_info(int fd)
{
	struct ss_lua_info info = {};
	socklen_t len = sizeof(info);

	get(fd, SS_LUA_INFO, &info, &len);
	return info;
}

#define EXPECT_LIMITS(fd, instructions, memory) do {			\
	struct ss_lua_limits seen = get_limits(fd);			\
									\
	EXPECT_EQ(instructions, seen.max_instructions);			\
	EXPECT_EQ(memory, seen.max_memory);				\
} while (0)

/* A page, and behind it one that must not be touched. */
static char *edge(struct __test_metadata *_metadata)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mprotect(map + page, page, PROT_NONE));
	return map + page;
}

TEST_F(lua, onerror_is_fail_or_pass)
{
	static const int bad[] = { -1, 2, 255, 256, INT_MIN, INT_MAX };
	int fd = self->pair.fd;
	unsigned int i;

	ASSERT_EQ(0, lua_attach(fd));
	EXPECT_EQ(SS_LUA_ONERROR_FAIL, get_onerror(fd));
	EXPECT_EQ(0, set_onerror(fd, SS_LUA_ONERROR_PASS));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, set_onerror(fd, bad[i]));
	EXPECT_EQ(SS_LUA_ONERROR_PASS, get_onerror(fd));
	EXPECT_EQ(0, set_onerror(fd, SS_LUA_ONERROR_FAIL));
	EXPECT_EQ(SS_LUA_ONERROR_FAIL, get_onerror(fd));
}

TEST_F(lua, onerror_has_the_size_of_an_int)
{
	int value[2] = { SS_LUA_ONERROR_PASS, -1 }, pass = SS_LUA_ONERROR_PASS;
	int fd = self->pair.fd;
	socklen_t len;

	ASSERT_EQ(0, lua_attach(fd));
	EXPECT_EQ(-EINVAL, set(fd, SS_LUA_ONERROR, value, 0));
	EXPECT_EQ(-EINVAL, set(fd, SS_LUA_ONERROR, value, sizeof(int) - 1));
	EXPECT_EQ(SS_LUA_ONERROR_FAIL, get_onerror(fd));
	EXPECT_EQ(0, set(fd, SS_LUA_ONERROR, value, sizeof(value)));
	EXPECT_EQ(SS_LUA_ONERROR_PASS, get_onerror(fd));

	value[0] = -1;
	len = 1;
	EXPECT_EQ(0, get(fd, SS_LUA_ONERROR, value, &len));
	EXPECT_EQ(1, len);
	EXPECT_EQ(0, memcmp(value, &pass, 1));
	EXPECT_EQ(0xff, ((unsigned char *)value)[1]);
	len = sizeof(value);
	EXPECT_EQ(0, get(fd, SS_LUA_ONERROR, value, &len));
	EXPECT_EQ(sizeof(int), len);
	EXPECT_EQ(-1, value[1]);
}

TEST_F(lua, limits_can_be_lowered_and_given_back)
{
	int fd = self->pair.fd;

	ASSERT_EQ(0, lua_attach(fd));
	EXPECT_LIMITS(fd, 1000000, 1048576);
	EXPECT_EQ(0, set_limits(fd, 5000, 0));
	EXPECT_LIMITS(fd, 5000, 1048576);
	EXPECT_EQ(0, set_limits(fd, 0, 65536));
	EXPECT_LIMITS(fd, 1000000, 65536);
	EXPECT_EQ(0, set_limits(fd, 1000000, 1048576));
	EXPECT_LIMITS(fd, 1000000, 1048576);
	EXPECT_EQ(0, set_limits(fd, 0, 0));
	EXPECT_LIMITS(fd, 1000000, 1048576);
}

TEST_F(lua, limits_cannot_be_raised_or_be_useless)
{
	int fd = self->pair.fd;

	ASSERT_EQ(0, lua_attach(fd));
	ASSERT_EQ(0, set_limits(fd, 5000, 65536));
	EXPECT_EQ(-ERANGE, set_limits(fd, 1000001, 0));
	EXPECT_EQ(-ERANGE, set_limits(fd, 0, 1048577));
	EXPECT_EQ(-ERANGE, set_limits(fd, ULONG_MAX, 0));
	EXPECT_EQ(-ERANGE, set_limits(fd, 0, ULONG_MAX));
	EXPECT_EQ(-ERANGE, set_limits(fd, 999, 0));
	EXPECT_EQ(-ERANGE, set_limits(fd, 0, 32767));
	EXPECT_LIMITS(fd, 5000, 65536);
	EXPECT_EQ(0, set_limits(fd, 1000, 32768));
}

TEST_F(lua, limits_of_another_size_are_understood)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *end = edge(_metadata), *buf = end - page;
	struct ss_lua_limits *limits = (void *)buf;
	int fd = self->pair.fd;

	ASSERT_EQ(0, lua_attach(fd));
	ASSERT_EQ(0, set_limits(fd, 5000, 65536));

	limits->max_instructions = 6000;
	limits->max_memory = 70000;
	EXPECT_EQ(-EINVAL, set(fd, SS_LUA_LIMITS, buf, 0));
	/* An older program: what it does not know is 0. */
	EXPECT_EQ(0, set(fd, SS_LUA_LIMITS, buf, 8));
	EXPECT_LIMITS(fd, 6000, 1048576);
	/* A newer one: what we do not know must be 0. */
	EXPECT_EQ(0, set(fd, SS_LUA_LIMITS, buf, sizeof(*limits) + 1));
	EXPECT_EQ(0, set(fd, SS_LUA_LIMITS, buf, page));
	EXPECT_LIMITS(fd, 6000, 70000);
	limits->max_instructions = 7000;
	buf[sizeof(*limits)] = 1;
	EXPECT_EQ(-E2BIG, set(fd, SS_LUA_LIMITS, buf, sizeof(*limits) + 1));
	buf[sizeof(*limits)] = 0;
	buf[page - 1] = 1;
	EXPECT_EQ(-E2BIG, set(fd, SS_LUA_LIMITS, buf, page));
	buf[page - 1] = 0;
	EXPECT_EQ(-E2BIG, set(fd, SS_LUA_LIMITS, buf, page + 1));
	EXPECT_EQ(-E2BIG, set(fd, SS_LUA_LIMITS, buf, INT_MAX));
	EXPECT_EQ(-EFAULT, set(fd, SS_LUA_LIMITS, end - 8, sizeof(*limits)));
	EXPECT_EQ(-EFAULT, set(fd, SS_LUA_LIMITS, end - sizeof(*limits),
			       sizeof(*limits) + 1));
	EXPECT_LIMITS(fd, 6000, 70000);
}

static const struct {
	int option;
	socklen_t size;
} structures[] = {
	{ SS_LUA_LIMITS, sizeof(struct ss_lua_limits) },
	{ SS_LUA_INFO, sizeof(struct ss_lua_info) },
};

TEST_F(lua, a_structure_is_cut_and_its_size_is_told)
{
	char buf[512], whole[512];
	socklen_t len;
	unsigned int i;
	int fd = self->pair.fd;

	ASSERT_EQ(0, lua_judge(fd, "return true"));
	for (i = 0; i < ARRAY_SIZE(structures); i++) {
		socklen_t size = structures[i].size;
		int option = structures[i].option;
		socklen_t room;

		len = size;
		ASSERT_EQ(0, get(fd, option, whole, &len));
		ASSERT_EQ(size, len);
		for (room = 1; room <= sizeof(buf); room += 7) {
			socklen_t written = room < size ? room : size;

			memset(buf, 0x5a, sizeof(buf));
			len = room;
			ASSERT_EQ(0, get(fd, option, buf, &len));
			ASSERT_EQ(size, len);
			ASSERT_EQ(0, memcmp(whole, buf, written));
			for (; written < sizeof(buf); written++)
				ASSERT_EQ(0x5a, buf[written]);
		}
	}
}

static const int options[] = {
	SS_LUA_LOADSCRIPT, SS_LUA_ENTRYPOINT, SS_LUA_ERROR, SS_LUA_ONERROR,
	SS_LUA_LIMITS, SS_LUA_LOG, SS_LUA_INFO,
};

TEST_F(lua, places_that_are_not_there_are_noticed)
{
	char *end = edge(_metadata);
	int fd = self->pair.fd;
	unsigned int i;
	socklen_t len;

	ASSERT_EQ(0, lua_judge(fd, "return true"));
	ASSERT_EQ(0, lua_load(fd, "print('x') function process() end"));
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		len = 256;
		EXPECT_EQ(-EFAULT, get(fd, options[i], end, &len)) {
			TH_LOG("option %d", options[i]);
		}
		EXPECT_EQ(-EFAULT, get(fd, options[i], end - 256, (void *)end));
		len = 0;
		EXPECT_EQ(-EINVAL, get(fd, options[i], end - 256, &len));
		len = -1;
		EXPECT_EQ(-EINVAL, get(fd, options[i], end - 256, &len));
	}
	EXPECT_EQ(-EFAULT, set(fd, SS_LUA_ONERROR, end, sizeof(int)));
	EXPECT_EQ(-EFAULT, set(fd, SS_LUA_LIMITS, end, 16));
}

TEST_F(lua, what_only_tells_cannot_be_set)
{
	static const int others[] = { SS_LUA_ERROR, SS_LUA_LOG, SS_LUA_INFO,
				      0, -1, SS_LUA_INFO + 1, INT_MAX };
	struct ss_lua_info info = {};
	int fd = self->pair.fd;
	unsigned int i;

	ASSERT_EQ(0, lua_attach(fd));
	for (i = 0; i < ARRAY_SIZE(others); i++)
		EXPECT_EQ(-ENOPROTOOPT, set(fd, others[i], &info, sizeof(info)));
}

TEST_F(lua, without_the_protocol_there_are_no_options)
{
	/* As for any level that nobody knows. */
	int err = variant->family == AF_INET ? -EOPNOTSUPP : -ENOPROTOOPT;
	char buf[16] = "";
	unsigned int i;
	socklen_t len;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		len = sizeof(buf);
		EXPECT_EQ(err, get(self->pair.fd, options[i], buf, &len));
		EXPECT_EQ(-ENOPROTOOPT, set(self->pair.fd, options[i], buf, 16));
	}
}

TEST_F(lua, setting_needs_privilege_and_getting_does_not)
{
	int fd = self->pair.fd;
	int status;
	pid_t pid;

	ASSERT_EQ(0, lua_attach(fd));
	ASSERT_EQ(0, set_onerror(fd, SS_LUA_ONERROR_PASS));
	pid = fork();
	if (!pid) {
		if (setresuid(65534, 65534, 65534))
			_exit(1);
		if (set_onerror(fd, SS_LUA_ONERROR_FAIL) != -EPERM ||
		    set_limits(fd, 0, 0) != -EPERM)
			_exit(2);
		if (get_onerror(fd) != SS_LUA_ONERROR_PASS ||
		    get_limits(fd).max_instructions != 1000000)
			_exit(3);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(lua, a_connection_has_what_its_listener_chose)
{
	static const char * const scripts[] = { NULL, "function process() end" };
	unsigned int i;

	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, set_onerror(self->listener, SS_LUA_ONERROR_PASS));
	ASSERT_EQ(0, set_limits(self->listener, 5000, 65536));
	for (i = 0; i < ARRAY_SIZE(scripts); i++) {
		if (scripts[i])
			ASSERT_EQ(0, lua_load(self->listener, scripts[i]));
		lua_pair_close(&self->pair);
		ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
		EXPECT_EQ(SS_LUA_ONERROR_PASS, get_onerror(self->pair.fd));
		EXPECT_LIMITS(self->pair.fd, 5000, 65536);
	}
	/* A script of its own changes neither. */
	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true"));
	EXPECT_EQ(SS_LUA_ONERROR_PASS, get_onerror(self->pair.fd));
	EXPECT_LIMITS(self->pair.fd, 5000, 65536);
	/* And what the listener is given later does not reach it. */
	ASSERT_EQ(0, set_onerror(self->listener, SS_LUA_ONERROR_FAIL));
	ASSERT_EQ(0, set_limits(self->listener, 0, 0));
	EXPECT_EQ(SS_LUA_ONERROR_PASS, get_onerror(self->pair.fd));
	EXPECT_LIMITS(self->pair.fd, 5000, 65536);
}

TEST_F(lua, a_connection_is_held_to_its_listeners_limits)
{
	char c;

	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, set_limits(self->listener, 2000, 0));
	JUDGED_BY("for i = 1, 5000 do end return true");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, 0));
	EXPECT_EQ(EIO, errno);
	EXPECT_STREQ("script:1: instruction limit (2000) reached",
		     lua_error(self->pair.fd));
}

TEST_F(lua, limits_hold_for_loading)
{
	int fd = self->pair.fd;

	ASSERT_EQ(0, lua_attach(fd));
	ASSERT_EQ(0, set_limits(fd, 0, 65536));
	EXPECT_EQ(-ENOMEM, lua_load(fd, "x = ('x'):rep(100000)"));
	EXPECT_STREQ("script:1: memory limit (65536 bytes) reached", lua_error(fd));
	ASSERT_EQ(0, set_limits(fd, 2000, 0));
	EXPECT_EQ(-ETIME, lua_load(fd, "for i = 1, 5000 do end"));
	ASSERT_EQ(0, set_limits(fd, 0, 0));
	EXPECT_EQ(0, lua_load(fd, "x = ('x'):rep(100000) for i = 1, 5000 do end"));
}

TEST_F(lua, limits_hold_for_a_state_that_is_there)
{
	int fd = self->pair.fd;
	char c;

	ASSERT_EQ(0, lua_judge(fd, "for i = 1, 5000 do end return true"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "xy"));
	EXPECT_EQ(1, recv(fd, &c, 1, 0));
	ASSERT_EQ(0, set_limits(fd, 2000, 0));
	/* What was passed before stays passed. */
	EXPECT_EQ(1, recv(fd, &c, 1, 0));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "z"));
	EXPECT_EQ(-1, recv(fd, &c, 1, 0));
	EXPECT_EQ(EIO, errno);
}

static ssize_t by_read(int fd, char *buf, size_t len)
{
	return read(fd, buf, len);
}

/* What comes out when "one" is judged, and "two" and "three" follow. */
static void read_all(struct __test_metadata *_metadata, struct lua_pair *pair,
		     const char *expected)
{
	static struct lua_stream stream;

	memset(&stream, 0, sizeof(stream));
	ASSERT_EQ(0, lua_puts(pair->peer, "one"));
	ASSERT_EQ(1, lua_poll(pair->fd, POLLIN, LUA_PATIENCE_MS));
	ASSERT_EQ(0, lua_puts(pair->peer, "two"));
	ASSERT_EQ(0, lua_puts(pair->peer, "three"));
	ASSERT_EQ(0, shutdown(pair->peer, SHUT_WR));
	lua_stream_read(&stream, pair->fd, by_read);
	stream.bytes[stream.len] = '\0';
	EXPECT_STREQ(expected, stream.bytes);
	EXPECT_EQ(0, stream.err);
}

/* What a script can fail with, and its text. */
static const struct {
	const char *body;
	const char *error;
} failures[] = {
	{ "error('broken')", "script:1: broken" },
	{ "return 1", "the hook returned a number: expected true" },
	{ "while true do end", "script:1: instruction limit (1000000) reached" },
	{ "local s = ('x'):rep(1 << 20)",
	  "script:1: memory limit (1048576 bytes) reached" },
	{ "more() error('broken')", "script:1: broken" },
};

TEST_F(lua, a_script_that_fails_can_pass_all_that_follows)
{
	unsigned int i;
	long before;

	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, set_onerror(self->listener, SS_LUA_ONERROR_PASS));
	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		before = lua_counter("LuaUnjudged");
		JUDGED_BY(failures[i].body);
		if (strstr(failures[i].body, "more")) {
			ASSERT_EQ(0, lua_puts(self->pair.peer, "zero"));
			EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
			read_all(_metadata, &self->pair, "zeroonetwothree");
		} else {
			read_all(_metadata, &self->pair, "onetwothree");
		}
		EXPECT_NE(NULL, strstr(lua_error(self->pair.fd), failures[i].error)) {
			TH_LOG("seen '%s'", lua_error(self->pair.fd));
		}
		EXPECT_EQ(before + 1, lua_counter("LuaUnjudged"));
	}
}

TEST_F(lua, bytes_that_are_not_judged_are_counted)
{
	struct ss_lua_info info;
	char buf[16];

	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, set_onerror(self->listener, SS_LUA_ONERROR_PASS));
	JUDGED_BY("n = (n or 0) + 1 if n == 2 then error('x') end return true");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "judged"));
	EXPECT_EQ(6, recv(self->pair.fd, buf, sizeof(buf), 0));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "not"));
	EXPECT_EQ(3, recv(self->pair.fd, buf, sizeof(buf), 0));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "these"));
	EXPECT_EQ(5, recv(self->pair.fd, buf, sizeof(buf), 0));
	info = get_info(self->pair.fd);
	EXPECT_EQ(6, info.bytes_passed);
	EXPECT_EQ(8, info.bytes_unjudged);
	EXPECT_EQ(1, info.errors);
	EXPECT_EQ(2, info.calls);
	EXPECT_TRUE(info.flags & SS_LUA_INFO_PASSING);

	/* A new script judges again: the next byte that has not been read. */
	ASSERT_EQ(0, lua_puts(self->pair.peer, "last"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true, #data .. 'bytes'"));
	EXPECT_EQ(6, recv(self->pair.fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "4bytes", 6));
	ASSERT_EQ(0, shutdown(self->pair.peer, SHUT_WR));
	EXPECT_EQ(0, recv(self->pair.fd, buf, sizeof(buf), 0));
	info = get_info(self->pair.fd);
	EXPECT_EQ(8, info.bytes_unjudged);
	EXPECT_EQ(4, info.bytes_replaced);
	EXPECT_FALSE(info.flags & SS_LUA_INFO_PASSING);
}

TEST_F(lua, bytes_that_a_new_script_judges_do_not_count_as_unjudged)
{
	char buf[16];
	int n;

	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, set_onerror(self->listener, SS_LUA_ONERROR_PASS));
	JUDGED_BY("n = (n or 0) + 1 if n == 2 then error('x') end return true");
	/* Passed, then not judged, and none of it read. */
	ASSERT_EQ(0, lua_puts(self->pair.peer, "passed"));
	ASSERT_EQ(1, lua_poll(self->pair.fd, POLLIN, LUA_PATIENCE_MS));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "not"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	ASSERT_EQ(0, ioctl(self->pair.fd, FIONREAD, &n));
	EXPECT_EQ(9, n);
	EXPECT_EQ(3, get_info(self->pair.fd).bytes_unjudged);
	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true, #data .. 'bytes'"));
	EXPECT_EQ(0, get_info(self->pair.fd).bytes_unjudged);
	EXPECT_EQ(6, recv(self->pair.fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "9bytes", 6));
}

TEST_F(lua, a_refusal_is_not_an_error)
{
	char c;

	ASSERT_EQ(0, lua_attach(self->listener));
	ASSERT_EQ(0, set_onerror(self->listener, SS_LUA_ONERROR_PASS));
	JUDGED_BY("return false");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, 0));
	EXPECT_EQ(ECONNREFUSED, errno);
}

TEST_F(lua, what_has_failed_stays_failed)
{
	char c;

	JUDGED_BY("error('x')");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, 0));
	EXPECT_EQ(EIO, errno);
	ASSERT_EQ(0, set_onerror(self->pair.fd, SS_LUA_ONERROR_PASS));
	EXPECT_EQ(-1, recv(self->pair.fd, &c, 1, 0));
	EXPECT_EQ(EIO, errno);
}

TEST_HARNESS_MAIN
