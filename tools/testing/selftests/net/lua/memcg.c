// SPDX-License-Identifier: GPL-2.0
/*
 * Who pays for a state: the memory cgroup of the process that reads, also when it
 * was another one that loaded the script or made the connection.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <netinet/in.h>

#include "kselftest_harness.h"
#include "lua_sock.h"

#define ROOT		"/sys/fs/cgroup/"
#define GROUP		ROOT "lua_memcg/"
#define CONNECTIONS	16
#define KEPT		400000

/* What the reader saw, in memory that was there before it joined its group. */
struct seen {
	int passed;
	int refused;
	char error[256];
};

FIXTURE(memcg)
{
	int listener;
	struct lua_pair pairs[CONNECTIONS];
	struct seen *seen;
};

static long group_number(const char *file)
{
	char path[128], text[64];
	int err;

	snprintf(path, sizeof(path), GROUP "%s", file);
	err = lua_read_file(path, text, sizeof(text));
	return err < 0 ? err : atol(text);
}

static bool group_falls_below(long bytes)
{
	int ms;

	/* the kernel counts in batches, and gives back when it likes */
	for (ms = 0; ms < LUA_PATIENCE_MS; ms += 10) {
		if (group_number("memory.current") < bytes)
			return true;
		usleep(10000);
	}
	return false;
}

FIXTURE_SETUP(memcg)
{
	int i;

	if (lua_write_file(ROOT "cgroup.subtree_control", "+memory"))
		SKIP(return, "no memory cgroups");
	ASSERT_TRUE(!mkdir(GROUP, 0755) || errno == EEXIST);
	ASSERT_EQ(0, lua_write_file(GROUP "memory.max", "max"));
	self->seen = mmap(NULL, sizeof(*self->seen), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT_NE(MAP_FAILED, self->seen);
	self->listener = lua_listen(AF_INET);
	ASSERT_LE(0, self->listener);
	ASSERT_EQ(0, lua_judge(self->listener,
			       "kept = kept or ('x'):rep(400000) return true"));
	for (i = 0; i < CONNECTIONS; i++) {
		ASSERT_EQ(0, lua_pair_accept(&self->pairs[i], self->listener));
		ASSERT_EQ(0, lua_puts(self->pairs[i].peer, "x"));
	}
}

FIXTURE_TEARDOWN(memcg)
{
	int i;

	for (i = 0; i < CONNECTIONS; i++)
		lua_pair_close(&self->pairs[i]);
	close(self->listener);
	munmap(self->seen, sizeof(*self->seen));
	EXPECT_EQ(0, rmdir(GROUP)) {
		TH_LOG("%s: %s", GROUP, strerror(errno));
	}
}

/* A process in the group reads from every connection. Returns its wait status. */
static int read_in_group(struct seen *seen, struct lua_pair *pairs)
{
	pid_t pid = fork();
	int status, i;
	char c;

	if (pid)
		return waitpid(pid, &status, 0) == pid ? status : -1;
	if (lua_write_file(GROUP "cgroup.procs", "0"))
		_exit(1);
	for (i = 0; i < CONNECTIONS; i++) {
		if (recv(pairs[i].fd, &c, 1, 0) == 1) {
			seen->passed++;
			continue;
		}
		seen->refused++;
		strncpy(seen->error, lua_error(pairs[i].fd),
			sizeof(seen->error) - 1);
	}
	_exit(0);
}

TEST_F(memcg, a_state_is_charged_to_the_process_that_reads)
{
	const long all = (long)CONNECTIONS * KEPT;
	long held;
	int i;

	ASSERT_GT(all / 8, group_number("memory.current"));
	ASSERT_EQ(0, read_in_group(self->seen, self->pairs));
	ASSERT_EQ(CONNECTIONS, self->seen->passed);
	held = group_number("memory.current");
	EXPECT_LE(all, held);
	TH_LOG("%d states that keep %d bytes: %ld bytes in the group",
	       CONNECTIONS, KEPT, held);

	for (i = 0; i < CONNECTIONS; i++)
		lua_pair_close(&self->pairs[i]);
	EXPECT_TRUE(group_falls_below(all / 4));
}

/* A process that joins the group first, and then gets the sockets. It reads through
 * duplicates, and leaves them to its end.
 */
static int read_what_is_handed_over(struct lua_pair *pairs)
{
	int ends[2], status, i;
	pid_t pid;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return -1;
	pid = fork();
	if (!pid) {
		for (i = 0; i < CONNECTIONS; i++)
			close(pairs[i].fd);
		if (lua_write_file(GROUP "cgroup.procs", "0"))
			_exit(1);
		for (i = 0; i < CONNECTIONS; i++)
			if (recv(dup(lua_receive_fd(ends[1])), &c, 1, 0) != 1)
				_exit(2);
		_exit(0);
	}
	for (i = 0; i < CONNECTIONS; i++)
		lua_send_fd(ends[0], pairs[i].fd);
	waitpid(pid, &status, 0);
	close(ends[0]);
	close(ends[1]);
	return status;
}

/* The first to use it pays, for as long as anybody has the socket. */
TEST_F(memcg, a_state_outlives_the_process_that_pays_for_it)
{
	const long all = (long)CONNECTIONS * KEPT;
	int i;

	ASSERT_EQ(0, lua_judge(self->listener,
			       "kept = kept or ('x'):rep(400000)\n"
			       "n = (n or 0) + 1 return true, 'call ' .. n"));
	for (i = 0; i < CONNECTIONS; i++) {
		lua_pair_close(&self->pairs[i]);
		ASSERT_EQ(0, lua_pair_accept(&self->pairs[i], self->listener));
		ASSERT_EQ(0, lua_puts(self->pairs[i].peer, "x"));
	}
	ASSERT_GT(all / 8, group_number("memory.current"));
	ASSERT_EQ(0, read_what_is_handed_over(self->pairs));
	EXPECT_LE(all, group_number("memory.current"));

	/* The others go on with it, and what they read first is what is left. */
	for (i = 0; i < CONNECTIONS; i++) {
		EXPECT_STREQ("all 1", lua_read_text(self->pairs[i].fd, 0));
		EXPECT_STREQ("call 2", lua_pair_exchange(&self->pairs[i], "x"));
	}
	EXPECT_LE(all, group_number("memory.current"));
	for (i = 0; i < CONNECTIONS; i++)
		lua_pair_close(&self->pairs[i]);
	EXPECT_TRUE(group_falls_below(all / 4));
}

/* Nobody is in the group any more, which lives on in what it pays for. */
TEST_F(memcg, a_state_outlives_the_group_that_pays_for_it)
{
	int i;

	ASSERT_EQ(0, read_what_is_handed_over(self->pairs));
	ASSERT_EQ(0, rmdir(GROUP));
	for (i = 0; i < CONNECTIONS; i++)
		EXPECT_STREQ("x", lua_pair_exchange(&self->pairs[i], "x"));
	for (i = 0; i < CONNECTIONS; i++)
		lua_pair_close(&self->pairs[i]);
	ASSERT_EQ(0, mkdir(GROUP, 0755));
}

/* Either the script is told, or the OOM killer takes who wanted too much. */
TEST_F(memcg, a_full_group_hurts_itself_only)
{
	struct lua_pair other;
	int status;
	char c;

	ASSERT_EQ(0, lua_write_file(GROUP "memory.max", "3145728"));
	status = read_in_group(self->seen, self->pairs);
	EXPECT_GT(CONNECTIONS, self->seen->passed);
	if (WIFSIGNALED(status)) {
		EXPECT_EQ(SIGKILL, WTERMSIG(status));
	} else {
		EXPECT_EQ(0, status);
		EXPECT_EQ(CONNECTIONS, self->seen->passed + self->seen->refused);
		EXPECT_NE(NULL, strstr(self->seen->error, "memory")) {
			TH_LOG("seen '%s'", self->seen->error);
		}
	}
	TH_LOG("%d passed, %d refused, wait status %#x, '%s'", self->seen->passed,
	       self->seen->refused, status, self->seen->error);

	/* nobody else has noticed */
	ASSERT_EQ(0, lua_pair_accept(&other, self->listener));
	ASSERT_EQ(0, lua_puts(other.peer, "x"));
	EXPECT_EQ(1, recv(other.fd, &c, 1, 0));
	lua_pair_close(&other);
}

#define FILL								\
	"local d, v = require 'shared'.script(16 << 20), ('x'):rep(65000) " \
	"function process() for i = 1, 60 do "				\
	"local ok, err = d:set(i, v) "					\
	"if not ok then return true, err end end return true, 'all' end"

/* What a dictionary holds is paid for by who puts it there. */
TEST_F(memcg, a_dictionary_takes_no_more_than_its_writers_group_has)
{
	struct lua_pair pair, other;
	int status;
	pid_t pid;

	ASSERT_EQ(0, lua_script(self->listener, FILL));
	ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
	ASSERT_EQ(0, lua_pair_accept(&other, self->listener));
	ASSERT_EQ(0, lua_puts(pair.peer, "x"));
	ASSERT_EQ(0, lua_write_file(GROUP "memory.max", "3145728"));
	pid = fork();
	if (!pid) {
		if (lua_write_file(GROUP "cgroup.procs", "0"))
			_exit(1);
		strncpy(self->seen->error, lua_read_text(pair.fd, 0),
			sizeof(self->seen->error) - 1);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	TH_LOG("wait status %#x, '%s'", status, self->seen->error);
	EXPECT_TRUE(status == SIGKILL || !strcmp("no memory", self->seen->error));
	EXPECT_STREQ("all", lua_pair_exchange(&other, "x"));
	lua_pair_close(&pair);
	lua_pair_close(&other);
}

TEST_HARNESS_MAIN
