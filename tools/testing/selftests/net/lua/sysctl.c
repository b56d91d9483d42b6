// SPDX-License-Identifier: GPL-2.0
/*
 * net.lua.* and /proc/net/lua_stat: limits and counters of a namespace.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lua_sock.h"

#define SYSCTL(name) "/proc/sys/net/lua/" name

/* A namespace of its own, with a loopback device that is up. */
FIXTURE(netns)
{
	struct lua_pair pair;
};

FIXTURE_SETUP(netns)
{
	ASSERT_EQ(0, lua_own_network());
	ASSERT_EQ(0, lua_pair_open(&self->pair, AF_INET));
	ASSERT_EQ(0, lua_attach(self->pair.fd));
}

FIXTURE_TEARDOWN(netns)
{
	lua_pair_close(&self->pair);
}

static const struct {
	const char *path;
	const char *initial;
	const char *lowest;
	const char *below;
	const char *highest;
	const char *above;
} limits[] = {
	{ SYSCTL("max_script"), "65536", "1", "0", "16777216", "16777217" },
	{ SYSCTL("max_memory"), "1048576", "32768", "32767", "268435456",
	  "268435457" },
	{ SYSCTL("max_instructions"), "1000000", "1000", "999", "1000000000",
	  "1000000001" },
};

TEST_F(netns, each_limit_has_bounds)
{
	static const char * const nonsense[] = { "-1", "x", "99999999999" };
	char text[32];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		const char *path = limits[i].path;

		ASSERT_EQ(0, lua_read_file(path, text, sizeof(text)));
		EXPECT_STREQ(limits[i].initial, text);
		EXPECT_EQ(-EINVAL, lua_write_file(path, limits[i].below));
		EXPECT_EQ(-EINVAL, lua_write_file(path, limits[i].above));
		for (j = 0; j < ARRAY_SIZE(nonsense); j++)
			EXPECT_EQ(-EINVAL, lua_write_file(path, nonsense[j]));
		ASSERT_EQ(0, lua_read_file(path, text, sizeof(text)));
		EXPECT_STREQ(limits[i].initial, text);

		EXPECT_EQ(0, lua_write_file(path, limits[i].lowest));
		EXPECT_EQ(0, lua_write_file(path, limits[i].highest));
		ASSERT_EQ(0, lua_read_file(path, text, sizeof(text)));
		EXPECT_STREQ(limits[i].highest, text);
	}
}

TEST_F(netns, max_dict_memory_has_bounds)
{
	const char *path = SYSCTL("max_dict_memory");
	char initial[32], text[32];

	ASSERT_EQ(0, lua_read_file(path, initial, sizeof(initial)));
	EXPECT_LT(1 << 20, atol(initial));
	EXPECT_EQ(-EINVAL, lua_write_file(path, "x"));
	EXPECT_EQ(-EINVAL, lua_write_file(path, "-1"));
	EXPECT_EQ(-EINVAL, lua_write_file(path, "9223372036854775807"));
	ASSERT_EQ(0, lua_read_file(path, text, sizeof(text)));
	EXPECT_STREQ(initial, text);
	EXPECT_EQ(0, lua_write_file(path, "0"));
	ASSERT_EQ(0, lua_read_file(path, text, sizeof(text)));
	EXPECT_STREQ("0", text);
}

TEST_F(netns, a_limit_is_that_of_its_namespace)
{
	pid_t pid;
	int status;

	ASSERT_EQ(0, lua_write_file(SYSCTL("max_script"), "10"));
	pid = fork();
	if (!pid) {
		char text[32] = "";

		if (unshare(CLONE_NEWNET))
			_exit(1);
		lua_read_file(SYSCTL("max_script"), text, sizeof(text));
		_exit(strcmp(text, "65536") ? 2 : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(netns, max_script_is_in_force)
{
	ASSERT_EQ(0, lua_write_file(SYSCTL("max_script"), "10"));
	EXPECT_EQ(-EMSGSIZE, lua_load(self->pair.fd, "x = 1234567"));
	EXPECT_EQ(0, lua_load(self->pair.fd, "x = 123456"));
}

TEST_F(netns, max_memory_is_in_force)
{
	static const char script[] = "x = ('x'):rep(100000)";

	EXPECT_EQ(0, lua_load(self->pair.fd, script));
	ASSERT_EQ(0, lua_write_file(SYSCTL("max_memory"), "65536"));
	EXPECT_EQ(-ENOMEM, lua_load(self->pair.fd, script));
	EXPECT_STREQ("script:1: memory limit (65536 bytes) reached",
		     lua_error(self->pair.fd));
}

TEST_F(netns, the_least_memory_is_enough_for_a_script)
{
	char buf[16];

	ASSERT_EQ(0, lua_write_file(SYSCTL("max_memory"), "32768"));
	ASSERT_EQ(0, lua_judge(self->pair.fd, "return true"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_EQ(1, recv(self->pair.fd, buf, sizeof(buf), 0));
}

TEST_F(netns, max_instructions_is_in_force)
{
	static const char script[] = "for i = 1, 5000 do end";

	EXPECT_EQ(0, lua_load(self->pair.fd, script));
	ASSERT_EQ(0, lua_write_file(SYSCTL("max_instructions"), "2000"));
	EXPECT_EQ(-ETIME, lua_load(self->pair.fd, script));
	EXPECT_STREQ("script:1: instruction limit (2000) reached",
		     lua_error(self->pair.fd));
}

TEST_F(netns, a_fatal_signal_ends_a_script_that_may_run_for_long)
{
	pid_t pid;
	int status;

	ASSERT_EQ(0, lua_write_file(SYSCTL("max_instructions"), "1000000000"));
	ASSERT_EQ(0, lua_judge(self->pair.fd, "while true do end"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	pid = fork();
	if (!pid) {
		char c;

		_exit(recv(self->pair.fd, &c, 1, 0) < 0);
	}
	usleep(LUA_A_WHILE_MS * 1000);
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
}

TEST_F(netns, only_the_first_namespace_gives_privilege)
{
	char text[32];

	ASSERT_EQ(0, lua_read_file(SYSCTL("unprivileged"), text, sizeof(text)));
	EXPECT_STREQ("0", text);
	EXPECT_EQ(-EACCES, lua_write_file(SYSCTL("unprivileged"), "1"));
}

static int attach_as_nobody(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		int fd = lua_socket(AF_INET);

		if (setresuid(65534, 65534, 65534))
			_exit(255);
		_exit(-lua_judge(fd, "return true"));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

TEST(unprivileged_use_can_be_allowed)
{
	int fd = lua_socket(AF_INET);

	ASSERT_EQ(0, lua_attach(fd));
	EXPECT_EQ(-EPERM, attach_as_nobody());
	EXPECT_EQ(-EINVAL, lua_write_file(SYSCTL("unprivileged"), "2"));
	ASSERT_EQ(0, lua_write_file(SYSCTL("unprivileged"), "1"));
	EXPECT_EQ(0, attach_as_nobody());
	EXPECT_EQ(0, lua_write_file(SYSCTL("unprivileged"), "0"));
	EXPECT_EQ(-EPERM, attach_as_nobody());
	close(fd);
}

/* Each event that is counted, and nothing else. */
static const struct {
	const char *name;
	long value;
} counters[] = {
	{ "LuaAttached", 2 },
	{ "LuaInherited", 3 },
	{ "LuaLoaded", 4 },
	{ "LuaLoadErrors", 1 },
	{ "LuaStates", 8 },	/* also to load in */
	{ "LuaCalls", 3 },
	{ "LuaPassedBytes", 4 },
	{ "LuaRefused", 1 },
	{ "LuaReplaced", 1 },
	{ "LuaReplacedBytes", 7 },
	{ "LuaErrors", 0 },
};

static void answer_by(struct __test_metadata *_metadata, int listener,
		      const char *body, const char *sent)
{
	struct lua_pair pair;
	char buf[16];

	ASSERT_EQ(0, lua_judge(listener, body));
	ASSERT_EQ(0, lua_pair_accept(&pair, listener));
	ASSERT_EQ(0, lua_puts(pair.peer, sent));
	recv(pair.fd, buf, sizeof(buf), 0);
	lua_pair_close(&pair);
}

TEST_F(netns, counters_tell_what_happened)
{
	int listener = lua_listen(AF_INET);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counters); i++)
		EXPECT_EQ(!strcmp(counters[i].name, "LuaAttached"),
			  lua_counter(counters[i].name));
	answer_by(_metadata, listener, "return true", "pass");
	answer_by(_metadata, listener, "return true, 'x'", "replace");
	answer_by(_metadata, listener, "return false", "refuse");
	EXPECT_EQ(-EINVAL, lua_load(listener, "="));
	EXPECT_EQ(0, lua_load(self->pair.fd, "x = 1"));

	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		EXPECT_EQ(counters[i].value, lua_counter(counters[i].name)) {
			TH_LOG("%s", counters[i].name);
		}
	}
	close(listener);
}

TEST_HARNESS_MAIN
