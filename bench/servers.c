// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: servers [ROUNDS [REQUESTS [SCRIPT PLACE MIX]]]
 *
 * The experiment of the thesis: the same small HTTP server three times: with no check,
 * with the script in the kernel, and with the same script in the server, run by
 * liblua5.3 on what recv() gave. A client sends requests that are all good, all bad, or
 * half and half, each on a connection of its own, eight at a time. Bad ones get no answer.
 * Run in the folder bench/.
 *
 * Reported is what a request costs, of server and client together and of the server
 * alone (which the kernel's softirq work is not in that runs while the client sends).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define AT_A_TIME 8
#define EVENTS 64

enum place { NOWHERE, KERNEL, USER, USER_EACH, PLACES };
enum mix { GOOD, BAD, MIXED, MIXES };

static const char *const places[] = { "none", "kernel", "user", "user-each" };
static const char *const mixes[] = { "good", "bad", "mixed" };

/* --- the server --- */

static const char answer[] =
	"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 120\r\n\r\n"
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"01234567890123456789012345678901234567890123456789\n";

/* The script of all connections, or of each one, if that is asked for */
static bool judge(struct user_lua *lua, const char *script, enum place place, const char *buf,
		  size_t len)
{
	bool good;

	if (place == NOWHERE || place == KERNEL)
		return true;
	if (place == USER)
		return user_lua_judge(lua, buf, len);
	lua = user_lua_open(script);
	good = user_lua_judge(lua, buf, len);
	user_lua_close(lua);
	return good;
}

static void serve(int fd, struct user_lua *lua, const char *script, enum place place)
{
	static char buf[16384];
	ssize_t n = recv(fd, buf, sizeof(buf), 0);

	if (n > 0 && judge(lua, script, place, buf, n))
		tcp_send(fd, answer, sizeof(answer) - 1);
	close(fd);
}

static void server(int listener, const char *script, enum place place)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listener }, events[EVENTS];
	struct user_lua *lua = place == USER ? user_lua_open(script) : NULL;
	int epoll = epoll_create1(0);

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event))
		die("epoll");
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd != listener) {
				serve(events[i].data.fd, lua, script, place);
				continue;
			}
			event.data.fd = tcp_accept(listener);
			if (epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event))
				die("epoll");
		}
	}
}

/* --- the client --- */

static const char good[] =
	"GET /index.html HTTP/1.1\r\nHost: www.example.org\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
	"Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
	"Connection: close\r\n\r\n";
static char bad[sizeof(good)];

/* The same request with a control character in its target */
static void make_bad(void)
{
	memcpy(bad, good, sizeof(bad));
	bad[8] = '\x01';
}

/* All that comes until the connection ends, in whatever way */
static size_t read_answer(int fd)
{
	static char buf[4096];
	size_t got = 0;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		got += n;
	return got;
}

static bool is_bad(enum mix mix, int i)
{
	return mix == BAD || (mix == MIXED && i % 2);
}

static void requests(int port, enum mix mix, int n, bool checked)
{
	int fd[AT_A_TIME];

	for (int i = 0; i < n; i += AT_A_TIME) {
		for (int j = 0; j < AT_A_TIME; j++)
			fd[j] = tcp_connect(port);
		for (int j = 0; j < AT_A_TIME; j++)
			tcp_send(fd[j], is_bad(mix, j) ? bad : good, sizeof(good) - 1);
		for (int j = 0; j < AT_A_TIME; j++) {
			bool served = read_answer(fd[j]) == sizeof(answer) - 1;

			errno = EPROTO;
			if (served == (checked && is_bad(mix, j)))
				die("a %s request was %s", is_bad(mix, j) ? "bad" : "good",
				    served ? "served" : "not served");
			close(fd[j]);
		}
	}
}

/* --- both --- */

static double clock_value(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		die("clock_gettime");
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* Nanoseconds that a process has run, which are instructions under -icount */
static double run_time(pid_t pid)
{
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock))
		die("the clock of %d", pid);
	return clock_value(clock);
}

struct running {
	pid_t pid;
	int port;
};

static struct running start(const char *script, enum place place)
{
	struct running running;
	int listener = tcp_listen(0, 128);

	if (place == KERNEL)
		script_judge(listener, SS_LUA_HOOK_RECEIVE, script);
	running.port = tcp_port(listener);
	running.pid = fork();
	if (!running.pid)
		server(listener, script, place);
	close(listener);
	return running;
}

struct cost {
	double server;
	double both;
	double elapsed;
};

static struct cost measure(const struct running *running, enum place place, enum mix mix, int n)
{
	double server = run_time(running->pid), client = run_time(getpid());
	double start = clock_value(CLOCK_MONOTONIC);
	struct cost cost;

	requests(running->port, mix, n, place != NOWHERE);
	cost.elapsed = (clock_value(CLOCK_MONOTONIC) - start) / n;
	cost.server = (run_time(running->pid) - server) / n;
	cost.both = cost.server + (run_time(getpid()) - client) / n;
	return cost;
}

/* @only: PLACE and MIX, or NULL for all */
static void experiment(const char *name, const char *script, int rounds, int n,
		       char *const *only)
{
	static struct samples elapsed[PLACES][MIXES], server[PLACES][MIXES], both[PLACES][MIXES];
	struct running running[PLACES];

	for (int place = 0; place < PLACES; place++)
		running[place] = start(script, place);
	for (int round = -1; round < rounds; round++) {
		for (int mix = 0; mix < MIXES; mix++) {
			for (int place = 0; place < PLACES; place++) {
				struct cost cost;

				if (only && (strcmp(places[place], only[0]) ||
					     strcmp(mixes[mix], only[1])))
					continue;
				if (!round && only)
					clock_mark(0);
				cost = measure(&running[place], place, mix, n);
				if (!round && only)
					clock_mark(n);
				if (round < 0)		/* warm-up */
					continue;
				samples_add(&elapsed[place][mix], cost.elapsed);
				samples_add(&server[place][mix], cost.server);
				samples_add(&both[place][mix], cost.both);
			}
		}
	}
	for (int place = 0; place < PLACES; place++) {
		for (int mix = 0; mix < MIXES; mix++) {
			printf("{\"bench\": \"servers\", \"case\": \"%s %s %s\", \"size\": 0, "
			       "\"both\": %.1f, \"server\": %.1f, \"elapsed\": %.1f}\n", name,
			       places[place], mixes[mix], samples_median(&both[place][mix]),
			       samples_median(&server[place][mix]),
			       samples_median(&elapsed[place][mix]));
			samples_reset(&elapsed[place][mix]);
			samples_reset(&server[place][mix]);
			samples_reset(&both[place][mix]);
		}
		kill(running[place].pid, SIGKILL);
		waitpid(running[place].pid, NULL, 0);
	}
	fflush(stdout);
}

static const struct {
	const char *name;
	const char *path;
} scripts[] = {
	{ "sanity", "scripts/http_sanity.lua" },
	{ "check", "../samples/lua/http_check.lua" },
};

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 5, n = argc > 2 ? atoi(argv[2]) : 400;

	n -= n % AT_A_TIME;
	make_bad();
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
		if (argc < 6 || !strcmp(scripts[i].name, argv[3]))
			experiment(scripts[i].name, scripts[i].path, rounds, n,
				   argc < 6 ? NULL : argv + 4);
	return 0;
}
