// SPDX-License-Identifier: GPL-2.0
/*
 * Every script of lib/lua/hostile/, on a real socket: as the main chunk of what
 * is loaded, and as the body of the function that judges. Each must end as its
 * line "-- ends:" says, leave nothing behind, and leave enough of the C stack.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/klog.h>

#include "kselftest_harness.h"
#include "lua_sock.h"

/* Beside the program when that is installed, or where they belong. */
#define INSTALLED "*_*.lua"
#define IN_TREE "../../../../../lib/lua/hostile/*.lua"
#define AT_LEAST 75
#define AT_MOST 300

/**
 * struct hostile - a script that is up to no good
 * @path: its file
 * @text: all of it
 * @err: what its end is: 0 or an error
 * @error: part of the message
 */
struct hostile {
	const char *path;
	char text[8192];
	int err;
	char error[64];
};

static const struct {
	const char *name;
	int err;
} errors[] = {
	{ "0", 0 },
	{ "EINVAL", EINVAL },
	{ "ENOMEM", ENOMEM },
	{ "ETIME", ETIME },
};

/* Nothing but what the file says may pass for an end. */
static int read_end(struct hostile *hostile)
{
	const char *ends = strstr(hostile->text, "\n-- ends: ");
	char name[8];
	unsigned int i;

	hostile->error[0] = '\0';
	if (!ends || sscanf(ends, "\n-- ends: %7s \"%63[^\"]\"", name,
			    hostile->error) < 1)
		return -EBADMSG;
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		if (!strcmp(errors[i].name, name)) {
			hostile->err = errors[i].err;
			return 0;
		}
	}
	return -EBADMSG;
}

static int read_script(struct hostile *hostile, const char *path)
{
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file)
		return -errno;
	n = fread(hostile->text, 1, sizeof(hostile->text), file);
	fclose(file);
	if (n == sizeof(hostile->text))
		return -EFBIG;
	hostile->text[n] = '\0';
	hostile->path = path;
	return read_end(hostile);
}

static struct hostile scripts[AT_MOST];

/* How many there are */
static int read_scripts(void)
{
	glob_t paths;
	size_t i;
	int err;

	err = glob(INSTALLED, 0, NULL, &paths);
	if (err == GLOB_NOMATCH)
		err = glob(IN_TREE, 0, NULL, &paths);
	if (err || paths.gl_pathc > AT_MOST)
		return -ENFILE;
	for (i = 0; i < paths.gl_pathc; i++) {
		err = read_script(&scripts[i], paths.gl_pathv[i]);
		if (err) {
			fprintf(stderr, "# %s cannot be read\n", paths.gl_pathv[i]);
			return err;
		}
	}
	/* the paths stay */
	return paths.gl_pathc;
}

TEST(each_script_ends_as_it_says_when_it_is_loaded)
{
	int i, n = read_scripts();
	struct lua_pair pair;

	ASSERT_LE(AT_LEAST, n);
	ASSERT_EQ(0, lua_pair_open(&pair, AF_INET));
	ASSERT_EQ(0, lua_judge(pair.fd, "return true, 'old'"));
	for (i = 0; i < n; i++) {
		const struct hostile *s = &scripts[i];
		/* What is survived would take the place of the old one. */
		int fd = s->err ? pair.fd : lua_socket(AF_INET);

		if (!s->err)
			ASSERT_EQ(0, lua_attach(fd));
		EXPECT_EQ(-s->err, lua_load(fd, s->text)) {
			TH_LOG("%s: '%s'", s->path, lua_error(fd));
		}
		EXPECT_NE(NULL, strstr(lua_error(fd), s->error)) {
			TH_LOG("%s: expected '...%s...', seen '%s'", s->path,
			       s->error, lua_error(fd));
		}
		if (!s->err)
			close(fd);
		EXPECT_STREQ("old", lua_pair_exchange(&pair, "?")) {
			TH_LOG("after %s", s->path);
		}
	}
	lua_pair_close(&pair);
}

TEST(each_script_ends_as_it_says_when_it_judges)
{
	char body[sizeof(scripts[0].text) + 32];
	int i, n = read_scripts(), listener = lua_listen(AF_INET);
	struct lua_pair pair;

	ASSERT_LE(AT_LEAST, n);
	ASSERT_LE(0, listener);
	for (i = 0; i < n; i++) {
		const struct hostile *s = &scripts[i];
		const char *seen, *error;

		snprintf(body, sizeof(body), "%s\nreturn true, 'passed'",
			 s->text);
		ASSERT_EQ(0, lua_judge(listener, body));
		ASSERT_EQ(0, lua_pair_accept(&pair, listener));
		seen = lua_pair_exchange(&pair, "?");
		error = lua_error(pair.fd);
		EXPECT_STREQ(s->err ? strerror(EIO) : "passed", seen) {
			TH_LOG("%s: '%s'", s->path, error);
		}
		EXPECT_NE(NULL, strstr(error, s->error)) {
			TH_LOG("%s: expected '...%s...', seen '%s'", s->path,
			       s->error, error);
		}
		lua_pair_close(&pair);
	}
	close(listener);
}

/* An epoll of an epoll of ...: waiting for it asks @fd, on a stack that is deep already. */
#define NESTED 5

static int nest_polls(int fd, int *polls)
{
	struct epoll_event event = { .events = EPOLLIN };
	int i;

	for (i = 0; i < NESTED; i++) {
		polls[i] = epoll_create1(0);
		if (polls[i] < 0 || epoll_ctl(polls[i], EPOLL_CTL_ADD, fd, &event))
			return -errno;
		fd = polls[i];
	}
	return 0;
}

TEST(each_deep_script_ends_as_it_says_when_nested_polls_ask)
{
	char body[sizeof(scripts[0].text) + 32];
	int i, n = read_scripts(), listener = lua_listen(AF_INET);
	struct epoll_event event;
	struct lua_pair pair;
	int polls[NESTED];

	ASSERT_LE(AT_LEAST, n);
	ASSERT_LE(0, listener);
	for (i = 0; i < n; i++) {
		const struct hostile *s = &scripts[i];
		int level;

		if (!strstr(s->path, "stack_") && !strstr(s->path, "mix_"))
			continue;
		snprintf(body, sizeof(body), "%s\nreturn true, 'passed'",
			 s->text);
		ASSERT_EQ(0, lua_judge(listener, body));
		ASSERT_EQ(0, lua_pair_accept(&pair, listener));
		ASSERT_EQ(0, nest_polls(pair.fd, polls));
		ASSERT_EQ(0, lua_puts(pair.peer, "?"));
		EXPECT_EQ(1, epoll_wait(polls[NESTED - 1], &event, 1, 60000));
		/* it has been judged before it is read */
		EXPECT_NE(NULL, strstr(lua_error(pair.fd), s->error)) {
			TH_LOG("%s: expected '...%s...', seen '%s'", s->path,
			       s->error, lua_error(pair.fd));
		}
		EXPECT_STREQ(s->err ? strerror(EIO) : "passed",
			     lua_read_text(pair.fd, MSG_DONTWAIT)) {
			TH_LOG("%s", s->path);
		}
		for (level = 0; level < NESTED; level++)
			close(polls[level]);
		lua_pair_close(&pair);
	}
	close(listener);
}

/* What shall stay free, for interrupts and the allocator's worst day. */
#define STACK_FREE 4096

/*
 * The kernel says how much of its stack a task has left that ends, if none had
 * less before: so the tests above are in it. LONG_MAX if this kernel does not tell.
 */
static long least_stack_left(void)
{
	static const char told[] = "used greatest stack depth: ";
	static char log[1 << 20];
	long least = LONG_MAX;
	const char *at = log;
	int n = klogctl(3 /* SYSLOG_ACTION_READ_ALL */, log, sizeof(log) - 1);

	log[n > 0 ? n : 0] = '\0';
	while ((at = strstr(at, told))) {
		long left = atol(at += strlen(told));

		if (left < least)
			least = left;
	}
	return least;
}

TEST(a_quarter_of_the_stack_was_never_used)
{
	long left = least_stack_left();

	if (left == LONG_MAX)
		SKIP(return, "needs CONFIG_DEBUG_STACK_USAGE");
	TH_LOG("%ld bytes of the kernel stack were left", left);
	EXPECT_LE(STACK_FREE, left);
}

TEST_HARNESS_MAIN
