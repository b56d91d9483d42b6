// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: servers [ROUNDS [REQUESTS [SCRIPT PLACE MIX]]]
 *
 * The experiment of the thesis: the same small HTTP server three times: with no check,
 * with the script in the kernel, and with the same script in the server, run by
 * liblua5.3 on what recv() gave. ab sends requests that are all good, all bad (their target
 * has a control character), or half and half (two of it), each on a connection of its own,
 * eight at a time. Bad ones get no answer. Run in the folder bench/.
 *
 * Reported is what a request costs, of server and client together and of the server
 * alone (which the kernel's softirq work is not in that runs while the client sends); and
 * how many are served in the time of one by the script in user space, in the same round.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
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

/* --- the client: ab, of Debian's apache2-utils --- */

static const char *const fields[] = {
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
	"Accept-Language: en-US,en;q=0.5",
	"Accept-Encoding: gzip, deflate, br",
};

/* What a bad request has in its target */
#define CONTROL "\x01"

struct client {
	pid_t pid;
	FILE *said;
	bool bad;
	int n;
};

static void run_ab(const struct client *client, int port, int at_a_time)
{
	char n[12], c[12], url[64];
	/* -r: a reset, which is how a server refuses, is no reason to stop */
	const char *argv[32] = { "ab", "-r", "-q", "-S", "-d", "-n", n, "-c", c };
	int argc = 9;

	snprintf(n, sizeof(n), "%d", client->n);
	snprintf(c, sizeof(c), "%d", at_a_time);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/%sindex.html", port,
		 client->bad ? CONTROL : "");
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		argv[argc++] = "-H";
		argv[argc++] = fields[i];
	}
	argv[argc] = url;
	execvp("ab", (char *const *)argv);
	die("ab");
}

static struct client client_start(int port, bool bad, int n, int at_a_time)
{
	struct client client = { .bad = bad, .n = n };
	int fd[2];

	if (pipe(fd))
		die("pipe");
	client.pid = fork();
	if (!client.pid) {
		dup2(fd[1], STDOUT_FILENO);
		close(fd[0]);
		close(fd[1]);
		run_ab(&client, port, at_a_time);
	}
	close(fd[1]);
	client.said = fdopen(fd[0], "r");
	return client;
}

/* Nanoseconds that it has run. It has got what it should, or the program ends. */
static double client_end(const struct client *client, bool checked)
{
	long complete = -1, bytes = -1, length = sizeof(answer) - 1;
	struct rusage used;
	char line[256];
	int status;

	while (fgets(line, sizeof(line), client->said)) {
		sscanf(line, "Complete requests: %ld", &complete);
		sscanf(line, "Total transferred: %ld", &bytes);
	}
	fclose(client->said);
	if (wait4(client->pid, &status, 0, &used) != client->pid || status)
		die("ab");
	errno = EPROTO;
	if (complete != client->n || bytes != (client->bad && checked ? 0 : client->n * length))
		die("%d %s requests: %ld done, %ld bytes", client->n,
		    client->bad ? "bad" : "good", complete, bytes);
	return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e9 +
	       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e3;
}

/* @n requests, @mix; nanoseconds that the client or clients have run */
static double requests(int port, enum mix mix, int n, bool checked)
{
	struct client client, other;
	double ran;

	if (mix != MIXED) {
		client = client_start(port, mix == BAD, n, AT_A_TIME);
		return client_end(&client, checked);
	}
	client = client_start(port, false, n / 2, AT_A_TIME / 2);
	other = client_start(port, true, n / 2, AT_A_TIME / 2);
	ran = client_end(&client, checked);
	return ran + client_end(&other, checked);
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
	double server = run_time(running->pid);
	double start = clock_value(CLOCK_MONOTONIC), client;
	struct cost cost;

	client = requests(running->port, mix, n, place != NOWHERE);
	cost.elapsed = (clock_value(CLOCK_MONOTONIC) - start) / n;
	cost.server = (run_time(running->pid) - server) / n;
	cost.both = cost.server + client / n;
	return cost;
}

/* @only: PLACE and MIX, or NULL for all */
static void experiment(const char *name, const char *script, int rounds, int n,
		       char *const *only)
{
	static struct samples elapsed[PLACES][MIXES], server[PLACES][MIXES], both[PLACES][MIXES];
	static struct samples speed[PLACES][MIXES];
	struct running running[PLACES];

	for (int place = 0; place < PLACES; place++)
		running[place] = start(script, place);
	for (int round = -1; round < rounds; round++) {
		for (int mix = 0; mix < MIXES; mix++) {
			struct cost cost[PLACES] = { };

			for (int place = 0; place < PLACES; place++) {
				if (only && (strcmp(places[place], only[0]) ||
					     strcmp(mixes[mix], only[1])))
					continue;
				if (!round && only)
					clock_mark(0);
				cost[place] = measure(&running[place], place, mix, n);
				if (!round && only)
					clock_mark(n);
			}
			if (round < 0)		/* warm-up */
				continue;
			for (int place = 0; place < PLACES; place++) {
				samples_add(&elapsed[place][mix], cost[place].elapsed);
				samples_add(&server[place][mix], cost[place].server);
				samples_add(&both[place][mix], cost[place].both);
				samples_add(&speed[place][mix],
					    cost[USER].elapsed / cost[place].elapsed);
			}
		}
	}
	for (int place = 0; place < PLACES; place++) {
		for (int mix = 0; mix < MIXES; mix++) {
			printf("{\"bench\": \"servers\", \"case\": \"%s %s %s\", \"size\": 0, "
			       "\"both\": %.1f, \"server\": %.1f, \"elapsed\": %.1f, "
			       "\"speed\": %.4f}\n", name,
			       places[place], mixes[mix], samples_median(&both[place][mix]),
			       samples_median(&server[place][mix]),
			       samples_median(&elapsed[place][mix]),
			       samples_median(&speed[place][mix]));
			samples_reset(&elapsed[place][mix]);
			samples_reset(&speed[place][mix]);
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
	int rounds = argc > 1 ? atoi(argv[1]) : 2, n = argc > 2 ? atoi(argv[2]) : 800;

	n -= n % (2 * AT_A_TIME);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
		if (argc < 6 || !strcmp(scripts[i].name, argv[3]))
			experiment(scripts[i].name, scripts[i].path, rounds, n,
				   argc < 6 ? NULL : argv + 4);
	return 0;
}
