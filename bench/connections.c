// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: connections cycle|syn|load|memory|scale [--few] [KIND]
 *
 * What connections cost, without a script and with one that they inherit:
 *
 *	cycle	connect, accept, a request, an answer, close
 *	syn	a connection that the listener has, not yet accepted
 *	load	setsockopt() of a script, by its size
 *	memory	of a connection: idle, after its first request, after a thousand
 *	scale	a message, by the number of open connections
 *
 * Run in the folder bench/. scale wants net.ipv4.ip_local_port_range to be wide.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define REQUEST	400
#define ANSWER	200
#define BACKLOG	4096

static const struct listener_kind {
	const char *name;
	const char *script;
	bool ulp;
} kinds[] = {
	{ "plain" },
	{ "ulp", NULL, true },
	{ "cheapest", "scripts/cheapest.lua", true },
	/* as large as the next one, whose checks it has but does not call */
	{ "2k-cheapest", "scripts/http_2k_cheapest.lua", true },
	{ "2k-http", "scripts/http_2k.lua", true },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static char request[REQUEST], buf[65536];
static bool few;

static int listen_as(const struct listener_kind *kind)
{
	int fd = tcp_listen(0, BACKLOG);

	if (kind->script)
		script_judge(fd, SS_LUA_HOOK_RECEIVE, kind->script);
	else if (kind->ulp)
		script_attach(fd);
	return fd;
}

static void result(const char *bench, const char *name, long n, const char *what, double value)
{
	printf("{\"bench\": \"%s\", \"case\": \"%s\", \"size\": %ld, \"%s\": %.1f}\n", bench, name,
	       n, what, value);
	fflush(stdout);
}

/* --- cycle --- */

static void cycle_once(int listener, int port)
{
	int client = tcp_connect(port), server = tcp_accept(listener);

	tcp_send(client, request, REQUEST);
	tcp_recv(server, buf, REQUEST);
	tcp_send(server, buf, ANSWER);
	tcp_recv(client, buf, ANSWER);
	close(server);
	close(client);
}

/*
 * The clock goes on between the connections, so that what the kernel puts off is
 * counted, too.
 */
static void cycle(const struct listener_kind *kind)
{
	static struct samples cost;
	int listener = listen_as(kind), port = tcp_port(listener);
	int blocks = few ? 3 : 31, each = 20;

	samples_reset(&cost);
	for (int i = 0; i < 50; i++)
		cycle_once(listener, port);
	clock_mark(0);
	for (int i = 0; i < blocks; i++) {
		uint64_t start = ticks();

		for (int j = 0; j < each; j++)
			cycle_once(listener, port);
		samples_add(&cost, (ticks() - start) / (double)each);
	}
	clock_mark(blocks * each);
	result("cycle", kind->name, REQUEST, "cost", samples_median(&cost));
	close(listener);
}

/* --- syn --- */

static void syn(const struct listener_kind *kind)
{
	static struct samples cost;
	static int client[100];
	int listener = listen_as(kind), port = tcp_port(listener);
	int rounds = few ? 2 : 12;

	samples_reset(&cost);
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < 100; i++) {
			uint64_t start = ticks();

			client[i] = tcp_connect(port);
			if (round)
				samples_add(&cost, ticks() - start);
		}
		for (int i = 0; i < 100; i++) {
			close(tcp_accept(listener));
			close(client[i]);
		}
	}
	result("syn", kind->name, 0, "cost", samples_median(&cost));
	close(listener);
}

/* --- load --- */

/* Functions that look at a message, until @size bytes are full; empty lines fill the rest */
static char *make_script(size_t size)
{
	char *text = malloc(size + 256);
	size_t used = 0;
	int n = 0;

	if (!text)
		die("malloc");
	for (;;) {
		int len = sprintf(text + used,
				  "function check%d(t, n)\n"
				  "\tif t.kind == 'type%d' and n > %d then return t.name .. n end\n"
				  "\treturn n * 2 + #t.name\nend\n", n, n, n);

		if (used + len > size - 50)
			break;
		used += len;
		n++;
	}
	used += sprintf(text + used, "function process() return true end\n");
	memset(text + used, '\n', size - used);
	text[size] = '\0';
	return text;
}

static void load(size_t size)
{
	static struct samples cost;
	char *text = make_script(size);

	samples_reset(&cost);
	for (int i = 0; i < (few ? 3 : 41); i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		uint64_t start;

		script_attach(fd);
		start = ticks();
		script_load(fd, text, size);
		samples_add(&cost, ticks() - start);
		close(fd);
	}
	result("load", "script", size, "cost", samples_median(&cost));
	free(text);
}

/* --- many connections --- */

struct crowd {
	int listener;
	int n;
	struct pair *pair;
};

static void crowd_open(struct crowd *crowd, const struct listener_kind *kind, int max)
{
	crowd->listener = listen_as(kind);
	crowd->n = 0;
	crowd->pair = calloc(max, sizeof(*crowd->pair));
	if (!crowd->pair)
		die("calloc");
}

static void crowd_grow(struct crowd *crowd, int n)
{
	int port = tcp_port(crowd->listener);

	for (; crowd->n < n; crowd->n++) {
		crowd->pair[crowd->n].client = tcp_connect_to(crowd->n / 5000, port);
		crowd->pair[crowd->n].server = tcp_accept(crowd->listener);
	}
}

static void crowd_close(struct crowd *crowd)
{
	struct linger reset = { .l_onoff = 1 };

	for (int i = 0; i < crowd->n; i++) {
		setsockopt(crowd->pair[i].client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(crowd->pair[i].client);
		close(crowd->pair[i].server);
	}
	close(crowd->listener);
	free(crowd->pair);
}

static void message(const struct pair *pair, size_t size)
{
	tcp_send(pair->client, request, size);
	tcp_recv(pair->server, buf, size);
}

/* --- memory --- */

/* Slabs that are empty or nearly so are what earlier connections left. */
static void shrink_slabs(void)
{
	glob_t found;

	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		proc_write(found.gl_pathv[i], "1");
	globfree(&found);
}

/* Pages in use, of which nobody could be talked into giving them back */
static long memory_used(void)
{
	usleep(200000);		/* let go of what waits for RCU */
	shrink_slabs();
	proc_write("/proc/sys/vm/drop_caches", "3");
	return (proc_value("/proc/meminfo", "MemTotal") - proc_value("/proc/meminfo", "MemFree") -
		proc_value("/proc/meminfo", "Cached") - proc_value("/proc/meminfo", "Buffers")) *
	       1024;
}

/* Objects in use, whatever the pages they are in */
static long slab_used(void)
{
	FILE *file = fopen("/proc/slabinfo", "r");
	long used, size, sum = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %ld %*d %ld", &used, &size) == 2)
			sum += used * size;
	if (file)
		fclose(file);
	return sum;
}

static long lua_used(void)
{
	long n = proc_value("/proc/net/lua_stat", "LuaMemoryNow");

	return n < 0 ? 0 : n;
}

static void memory_result(const struct listener_kind *kind, const char *when, int n, long used,
			  long slab, long lua)
{
	char name[64];

	snprintf(name, sizeof(name), "%s %s", kind->name, when);
	printf("{\"bench\": \"memory\", \"case\": \"%s\", \"size\": 0, \"bytes\": %.1f, "
	       "\"slab\": %.1f, \"lua\": %.1f}\n", name, (memory_used() - used) / (double)n,
	       (slab_used() - slab) / (double)n, (lua_used() - lua) / (double)n);
	fflush(stdout);
}

static void memory(const struct listener_kind *kind)
{
	int n = few ? 100 : 4000, growing = few ? 2 : 16;
	struct crowd crowd;
	long used, slab, lua;

	crowd_open(&crowd, kind, n + 64);
	crowd_grow(&crowd, 64);
	for (int i = 0; i < 64; i++)
		message(&crowd.pair[i], REQUEST);
	used = memory_used();
	slab = slab_used();
	lua = lua_used();
	crowd_grow(&crowd, n + 64);
	memory_result(kind, "idle", n, used, slab, lua);
	for (int i = 64; i < n + 64; i++)
		message(&crowd.pair[i], REQUEST);
	memory_result(kind, "first", n, used, slab, lua);
	/*
	 * The others stay as they are, so a small number of them tells what the rest of the
	 * thousand requests do.
	 */
	used = memory_used();
	slab = slab_used();
	lua = lua_used();
	for (int j = 0; j < 999; j++)
		for (int i = 64; i < growing + 64; i++)
			message(&crowd.pair[i], REQUEST);
	memory_result(kind, "growth to 1000", growing, used, slab, lua);
	if (kind->script) {
		struct ss_lua_info first, thousandth;

		script_info(crowd.pair[n].server, &first);
		script_info(crowd.pair[64].server, &thousandth);
		printf("{\"bench\": \"state\", \"case\": \"%s\", \"size\": 0, \"first\": %llu, "
		       "\"thousandth\": %llu}\n", kind->name, (unsigned long long)first.memory,
		       (unsigned long long)thousandth.memory);
	}
	crowd_close(&crowd);
	usleep(500000);
}

/* --- scale --- */

static void scale(const struct listener_kind *kind, size_t size)
{
	static const int levels[] = { 1, 100, 10000, 50000 };
	int operations = few ? 200 : 6000;
	struct crowd crowd;

	crowd_open(&crowd, kind, levels[3]);
	for (int l = 0; l < (few ? 2 : 4); l++) {
		int n = levels[l], next = 0, had = crowd.n;
		uint64_t start;

		crowd_grow(&crowd, n);
		for (int i = had; i < n; i++)
			message(&crowd.pair[i], size);
		for (int i = 0; i < operations / 4; i++)
			message(&crowd.pair[(next += 7919) % n], size);
		start = ticks();
		for (int i = 0; i < operations; i++)
			message(&crowd.pair[(next += 7919) % n], size);
		result("scale", kind->name, n, "cost", (ticks() - start) / (double)operations);
	}
	crowd_close(&crowd);
}

static const struct listener_kind *kind_of(const char *name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	errno = EINVAL;
	die("%s", name);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 1 << 18, 1 << 18 };
	const char *what = argc > 1 ? argv[1] : "", *kind = NULL;
	void (*each)(const struct listener_kind *) = NULL;

	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--few"))
			few = true;
		else
			kind = argv[i];
	}
	setrlimit(RLIMIT_NOFILE, &files);
	request_fill(request, REQUEST);
	if (!strcmp(what, "cycle")) {
		each = cycle;
	} else if (!strcmp(what, "syn")) {
		each = syn;
	} else if (!strcmp(what, "memory")) {
		each = memory;
	} else if (!strcmp(what, "load")) {
		load(1024);
		load(32768);
	} else if (!strcmp(what, "scale")) {
		scale(kind_of(kind ?: "plain"), 64);
		if (!kind)
			scale(kind_of("cheapest"), 64);
	} else {
		fprintf(stderr, "usage: connections cycle|syn|load|memory|scale [--few] [KIND]\n");
		return 2;
	}
	if (each && kind)
		each(kind_of(kind));
	else if (each)
		for (size_t i = 0; i < KINDS; i++)
			each(&kinds[i]);
	return 0;
}
