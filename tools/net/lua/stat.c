// SPDX-License-Identifier: GPL-2.0
/*
 * lua-ulp stat: what has been counted, for the network namespace, for each
 * socket, and by who was refused.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <json-c/json.h>

#include "lua-ulp.h"

#define COUNTERS	"/proc/net/lua_stat"
#define COUNTERS_MAX	64
/* Peers that are shown */
#define REFUSALS	10

struct counter {
	char name[40];
	unsigned long long value;
};

/* One peer's refusals on one port */
struct refusal {
	char peer[48];
	int port;
	unsigned long long count;
};

/**
 * struct stat - what was counted at a moment
 * @counter: of the namespace
 * @counters: how many
 * @sock: sockets
 * @socks: how many
 * @refusal: who was refused, most often first
 * @refusals: how many
 */
struct stat {
	struct counter counter[COUNTERS_MAX];
	int counters;
	struct diag_socket *sock;
	size_t socks;
	struct refusal *refusal;
	size_t refusals;
};

static struct {
	int port;
	int seconds;
	bool json;
} options;

static int read_counters(struct stat *stat)
{
	FILE *file = fopen(COUNTERS, "re");

	if (!file) {
		complain("%s: %s; 'modprobe lua_ulp' loads Lua, if this kernel has it "
			 "(CONFIG_NET_LUA)",
			 COUNTERS, strerror(errno));
		return STATUS_SYSTEM;
	}
	while (stat->counters < COUNTERS_MAX) {
		struct counter *counter = &stat->counter[stat->counters];

		if (fscanf(file, "%39s %llu", counter->name, &counter->value) != 2)
			break;
		stat->counters++;
	}
	fclose(file);
	return STATUS_OK;
}

static void *grown(void *array, size_t n, size_t size)
{
	void *more = realloc(array, (n + 1) * size);

	if (!more) {
		complain("out of memory");
		exit(STATUS_SYSTEM);
	}
	return more;
}

static void add_refusals(struct stat *stat, const struct diag_socket *sock)
{
	struct refusal *refusal;

	for (size_t i = 0; i < stat->refusals; i++) {
		refusal = &stat->refusal[i];
		if (refusal->port == sock->port && !strcmp(refusal->peer, sock->peer)) {
			refusal->count += sock->info.refused;
			return;
		}
	}
	stat->refusal = grown(stat->refusal, stat->refusals, sizeof(*refusal));
	refusal = &stat->refusal[stat->refusals++];
	memcpy(refusal->peer, sock->peer, sizeof(refusal->peer));
	refusal->port = sock->port;
	refusal->count = sock->info.refused;
}

static void add_socket(const struct diag_socket *sock, void *arg)
{
	struct stat *stat = arg;

	if (options.port && options.port != sock->port && options.port != sock->peer_port)
		return;
	stat->sock = grown(stat->sock, stat->socks, sizeof(*sock));
	stat->sock[stat->socks++] = *sock;
	if (sock->info.refused)
		add_refusals(stat, sock);
}

static int compare(const void *a, const void *b)
{
	const struct refusal *one = a, *two = b;

	return one->count < two->count ? 1 : -(one->count > two->count);
}

static int collect(struct stat *stat)
{
	int status;

	memset(stat, 0, sizeof(*stat));
	status = read_counters(stat);
	if (!status)
		status = diag_sockets(add_socket, stat);
	if (stat->refusals)
		qsort(stat->refusal, stat->refusals, sizeof(*stat->refusal), compare);
	return status;
}

static void forget(struct stat *stat)
{
	free(stat->sock);
	free(stat->refusal);
}

static const struct {
	unsigned int flag;
	const char *name;
} flags[] = {
	{ SS_LUA_INFO_SCRIPT, "script" },
	{ SS_LUA_INFO_STATE, "state" },
	{ SS_LUA_INFO_WAITING, "waiting" },
	{ SS_LUA_INFO_PASSING, "passing" },
	{ SS_LUA_INFO_REFUSED, "refused" },
	{ SS_LUA_INFO_FAILED, "failed" },
};

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
#define FIELD(field)	{ #field, offsetof(struct ss_lua_info, field) }
	FIELD(memory),
	FIELD(calls),
	FIELD(bytes_passed),
	FIELD(bytes_dropped),
	FIELD(bytes_replaced),
	FIELD(bytes_unjudged),
	FIELD(refused),
	FIELD(errors),
	FIELD(prints),
	FIELD(instructions_last),
	FIELD(instructions_max),
	FIELD(instructions_total),
};

static unsigned long long field_of(const struct ss_lua_info *info, size_t i)
{
	return *(const __u64 *)((const char *)info + fields[i].offset);
}

/* JSON */

static void add_string(json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

static void add_number(json_object *object, const char *name, unsigned long long n)
{
	json_object_object_add(object, name, json_object_new_uint64(n));
}

static json_object *socket_json(const struct diag_socket *sock)
{
	json_object *object = json_object_new_object(), *set = json_object_new_array();

	add_string(object, "state", diag_state(sock->state));
	add_string(object, "local", sock->local);
	add_number(object, "port", sock->port);
	add_string(object, "peer", sock->peer);
	add_number(object, "peer_port", sock->peer_port);
	add_number(object, "cookie", sock->cookie);
	add_number(object, "inode", sock->inode);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (sock->info.flags & flags[i].flag)
			json_object_array_add(set, json_object_new_string(flags[i].name));
	}
	json_object_object_add(object, "flags", set);
	add_number(object, "script_size", sock->info.script_size);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		add_number(object, fields[i].name, field_of(&sock->info, i));
	return object;
}

static json_object *refusal_json(const struct refusal *refusal)
{
	json_object *object = json_object_new_object();

	add_string(object, "peer", refusal->peer);
	add_number(object, "port", refusal->port);
	add_number(object, "refused", refusal->count);
	return object;
}

static void print_json(const struct stat *stat)
{
	json_object *all = json_object_new_object();
	json_object *counters = json_object_new_object();
	json_object *sockets = json_object_new_array();
	json_object *refusals = json_object_new_array();

	for (int i = 0; i < stat->counters; i++)
		add_number(counters, stat->counter[i].name, stat->counter[i].value);
	for (size_t i = 0; i < stat->socks; i++)
		json_object_array_add(sockets, socket_json(&stat->sock[i]));
	for (size_t i = 0; i < stat->refusals && i < REFUSALS; i++)
		json_object_array_add(refusals, refusal_json(&stat->refusal[i]));
	json_object_object_add(all, "namespace", counters);
	json_object_object_add(all, "sockets", sockets);
	json_object_object_add(all, "refusals", refusals);
	puts(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PLAIN));
	json_object_put(all);
}

/* Text */

static void print_counters(const struct stat *stat, const struct stat *before)
{
	for (int i = 0; i < stat->counters; i++) {
		const struct counter *counter = &stat->counter[i];
		long long more = before ? counter->value - before->counter[i].value : 0;

		printf("%-26s %14llu", counter->name, counter->value);
		if (more)
			printf(" %+14lld", more);
		putchar('\n');
	}
}

static void print_end(const struct diag_socket *sock, bool peer)
{
	char text[64];

	snprintf(text, sizeof(text), sock->family == AF_INET6 ? "[%s]:%d" : "%s:%d",
		 peer ? sock->peer : sock->local, peer ? sock->peer_port : sock->port);
	printf(" %-24s", text);
}

static void print_socket(const struct diag_socket *sock)
{
	const struct ss_lua_info *info = &sock->info;

	printf("%-12s", diag_state(sock->state));
	print_end(sock, false);
	print_end(sock, true);
	printf(" %8llu %10llu %8llu %8llu %8llu ", info->calls, info->bytes_passed,
	       info->refused, info->errors, info->memory);
	for (size_t i = 0, n = 0; i < ARRAY_SIZE(flags); i++) {
		if (info->flags & flags[i].flag)
			printf("%s%s", n++ ? "," : "", flags[i].name);
	}
	putchar('\n');
}

static void print_text(const struct stat *stat, const struct stat *before)
{
	print_counters(stat, before);
	if (stat->socks)
		printf("\n%-12s %-24s %-24s %8s %10s %8s %8s %8s %s\n", "SOCKET", "LOCAL",
		       "PEER", "CALLS", "PASSED", "REFUSED", "ERRORS", "MEMORY", "FLAGS");
	for (size_t i = 0; i < stat->socks; i++)
		print_socket(&stat->sock[i]);
	if (stat->refusals)
		printf("\n%-40s %8s %8s\n", "REFUSED PEER", "PORT", "TIMES");
	for (size_t i = 0; i < stat->refusals && i < REFUSALS; i++)
		printf("%-40s %8d %8llu\n", stat->refusal[i].peer, stat->refusal[i].port,
		       stat->refusal[i].count);
}

static int show(void)
{
	static const char clear[] = "\033[H\033[2J";
	struct stat stats[2], *stat = &stats[0], *before = NULL;
	int status;

	for (;;) {
		status = collect(stat);
		if (status)
			break;
		if (options.json) {
			print_json(stat);
		} else {
			if (options.seconds && isatty(STDOUT_FILENO))
				fputs(clear, stdout);
			print_text(stat, before);
		}
		if (before)
			forget(before);
		if (fflush(stdout) || !options.seconds)
			break;
		before = stat;
		stat = &stats[stat == stats];
		sleep(options.seconds);
	}
	forget(stat);
	return status;
}

int cmd_stat(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "watch", optional_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' },
		{ "port", required_argument, NULL, 'p' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "w::jp:", longs, NULL)) >= 0) {
		switch (c) {
		case 'w':
			options.seconds = optarg ? parse_number(optarg, 1, 86400) : 1;
			if (options.seconds < 0)
				return usage_error("stat", "%s is no number of seconds", optarg);
			break;
		case 'j':
			options.json = true;
			break;
		case 'p':
			options.port = parse_port(optarg);
			if (options.port < 0)
				return usage_error("stat", "%s is no port", optarg);
			break;
		default:
			return usage_error("stat", NULL);
		}
	}
	if (optind != argc)
		return usage_error("stat", "what is '%s'?", argv[optind]);
	return show();
}
