// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls on sockets with Lua: all options with values of all sizes at all
 * addresses, all ways to send, to read and to ask, connections that come and go,
 * from threads and their children, on descriptors that they share.
 *
 *	random [-s SECONDS] [-t THREADS] [-n CALLS] [-v] [SEED]
 *
 * A round of at most 20 seconds is a test, with a network of its own. The next one
 * has the next seed. With the same seed each thread makes the same calls, with the
 * same arguments; how they come together is the scheduler's choice. -n ends each
 * thread after so many calls. -v tells each call in the kernel log before it is
 * made, where it stands before what the kernel says about it, and counts them.
 *
 * No call may hang, or fail in a way that is not documented, and nothing may stay.
 * For all else watch the kernel log, with KASAN and lockdep.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "lua_acts.h"
#include "lua_sock.h"

#define ROUND_S		20

static struct lua_board *board;
static struct lua_worker workers[LUA_THREADS_MAX];
static unsigned int num_threads = 4;
static unsigned long max_calls = -1UL;
static unsigned int num_ended;

static void *run(void *arg)
{
	struct lua_worker *worker = arg;

	__atomic_store_n(&board->now[worker->number].tid, gettid(), __ATOMIC_RELAXED);
	while (!__atomic_load_n(&board->stop, __ATOMIC_RELAXED) && worker->call < max_calls)
		lua_act(worker);
	lua_worker_end(worker);
	__atomic_fetch_add(&num_ended, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void show_file(const char *path)
{
	char text[8192], *line, *rest = text;

	if (lua_read_file(path, text, sizeof(text)))
		return;
	while ((line = strsep(&rest, "\n")))
		ksft_print_msg("%s\n", line);
}

/* Where in the kernel it hangs, if that can be told */
static void show_stack(pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/stack", tid);
	show_file(path);
}

/* Nobody can wait for such a thread: ends the process. */
static void look_for_hangs(void)
{
	unsigned int i;

	for (i = 0; i < num_threads; i++) {
		long since = __atomic_load_n(&board->now[i].since, __ATOMIC_RELAXED);

		if (!since || lua_seconds() - since <= LUA_HANG_S + 10)
			continue;
		lua_board_say(board, "thread %u call %lu: %s hangs", i,
			      board->now[i].call, board->now[i].name);
		show_stack(board->now[i].tid);
		_exit(KSFT_FAIL);
	}
}

static void run_threads(long seconds)
{
	pthread_t threads[LUA_THREADS_MAX];
	long end = lua_seconds() + seconds;
	unsigned int i;

	for (i = 0; i < num_threads; i++)
		if (lua_worker_init(&workers[i], board, i) ||
		    pthread_create(&threads[i], NULL, run, &workers[i]))
			ksft_exit_fail_msg("no thread: %s\n", strerror(errno));
	while (__atomic_load_n(&num_ended, __ATOMIC_RELAXED) < num_threads) {
		usleep(100000);
		look_for_hangs();
		if (lua_seconds() >= end)
			__atomic_store_n(&board->stop, true, __ATOMIC_RELAXED);
	}
	for (i = 0; i < num_threads; i++)
		pthread_join(threads[i], NULL);
}

/* What there is plenty of; but loops without end shall not take all the time. */
static void allow_all(void)
{
	lua_write_file("/proc/sys/net/lua/max_instructions", "30000");
	lua_write_file("/proc/sys/net/lua/max_memory", "1048576");
	lua_write_file("/proc/sys/net/lua/max_script", "65536");
	lua_write_file("/proc/sys/net/lua/max_states", "65536");
	lua_write_file("/proc/sys/net/lua/max_total_memory", "100000000");
}

/* Those with a name outlive their sockets. */
static void remove_dictionaries(void)
{
	int fd = lua_socket(AF_INET);

	lua_attach(fd);
	if (lua_load(fd, "local shared = require 'shared'\n"
			 "shared.remove('one') shared.remove('two')"))
		lua_board_say(board, "dictionaries cannot be removed: %s", lua_error(fd));
	close(fd);
}

/* TCP sockets of the namespace, but for those in time wait */
static long sockets_of(const char *file)
{
	char text[512], *at;

	if (lua_read_file(file, text, sizeof(text)))
		return 0;
	at = strstr(text, "TCP");
	at = at ? strstr(at, "inuse ") : NULL;
	return at ? atol(at + strlen("inuse ")) : -1;
}

static long sockets_now(void)
{
	return sockets_of("/proc/net/sockstat") + sockets_of("/proc/net/sockstat6");
}

static const struct {
	const char *name;
	long (*count)(const char *name);
} remains[] = {
	{ "LuaStatesNow", lua_counter },
	{ "LuaMemoryNow", lua_counter },
	{ "LuaDictMemoryNow", lua_counter },
};

/* The last segments are still on their way, and states are freed by a worker. */
static void expect_nothing_left(void)
{
	long end = lua_seconds() + LUA_HANG_S, n;
	unsigned int i;

	allow_all();
	remove_dictionaries();
	for (i = 0; i < ARRAY_SIZE(remains); i++) {
		while ((n = remains[i].count(remains[i].name)) && lua_seconds() < end)
			usleep(20000);
		if (n)
			lua_board_say(board, "%s is %ld at the end", remains[i].name, n);
	}
	while ((n = sockets_now()) && lua_seconds() < end)
		usleep(20000);
	if (n) {
		lua_board_say(board, "%ld sockets are left", n);
		show_file("/proc/net/tcp");
		show_file("/proc/net/tcp6");
	}
}

/* Only to be interrupted by it */
static void on_signal(int signal)
{
}

static int play_round(long seconds)
{
	struct sigaction action = { .sa_handler = on_signal };

	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGUSR1, &action, NULL);
	if (lua_own_network())
		return KSFT_SKIP;
	allow_all();
	/* After TCP_REPAIR two ends may never agree on the end, for 112 s without this. */
	lua_write_file("/proc/sys/net/ipv4/tcp_orphan_retries", "2");
	run_threads(seconds);
	lua_acts_close_all();
	expect_nothing_left();
	ksft_print_msg("seed %lu: %ld calls of scripts, %ld refusals, %ld errors, %ld limits\n",
		       board->seed, lua_counter("LuaCalls"), lua_counter("LuaRefused"),
		       lua_counter("LuaErrors"), lua_counter("LuaLimitHits"));
	return KSFT_PASS;
}

static unsigned long sum_up(bool verbose)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; lua_act_name(i); i++) {
		sum += board->counts[i].made;
		if (verbose)
			ksft_print_msg("%-20s %8lu made, %8lu did not fail, %6lu ms\n",
				       lua_act_name(i), board->counts[i].made,
				       board->counts[i].good, board->counts[i].us / 1000);
	}
	return sum;
}

static void test_round(uint64_t seed, long seconds, int trace)
{
	long users = lua_module_users();
	unsigned int i;
	int status = 0;
	pid_t pid;

	memset(board, 0, sizeof(*board));
	board->seed = seed;
	board->trace = trace;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		status = play_round(seconds);
		fflush(stdout);
		_exit(status);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == KSFT_SKIP) {
		ksft_test_result_skip("no Lua in a network of its own\n");
		return;
	}
	if (status && !board->failures)
		lua_board_say(board, "the round ended with status %#x", status);
	if (!lua_users_return_to(users))
		lua_board_say(board, "the module has %ld users, not %ld", lua_module_users(),
			      users);
	for (i = 0; i < board->failures && i < ARRAY_SIZE(board->said); i++)
		ksft_print_msg("%s\n", board->said[i]);
	ksft_test_result(!board->failures, "seed %lu: %lu calls, %u times not as documented\n",
			 seed, sum_up(trace >= 0), board->failures);
}

static void show_usage(void)
{
	fprintf(stderr, "usage: random [-s SECONDS] [-t THREADS] [-n CALLS] [-v] [SEED]\n");
	exit(2);
}

int main(int argc, char **argv)
{
	long seconds = ROUND_S, left;
	int opt, trace = -1, fd;
	uint64_t seed = 1;

	while ((opt = getopt(argc, argv, "s:t:n:v")) != -1) {
		switch (opt) {
		case 's':
			seconds = atol(optarg);
			break;
		case 't':
			num_threads = atol(optarg);
			break;
		case 'n':
			max_calls = atol(optarg);
			break;
		case 'v':
			trace = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
			break;
		default:
			show_usage();
		}
	}
	if (argc - optind > 1 || seconds < 1 || !num_threads || num_threads > LUA_THREADS_MAX)
		show_usage();
	if (optind < argc)
		seed = strtoull(argv[optind], NULL, 0);

	ksft_print_header();
	ksft_print_msg("seed %lu, %u threads, %ld s\n", seed, num_threads, seconds);
	ksft_set_plan((seconds + ROUND_S - 1) / ROUND_S);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		ksft_exit_fail_perror("mmap");
	/* So that there is a module whose users can be counted */
	fd = lua_socket(AF_INET);
	lua_attach(fd);
	close(fd);
	for (left = seconds; left > 0; left -= ROUND_S)
		test_round(seed++, left < ROUND_S ? left : ROUND_S, trace);
	ksft_finished();
}
