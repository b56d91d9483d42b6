// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: collector [CALLS]
 *
 * Scripts that make 128 KiB of garbage in each call: what a receive costs, what the worst
 * one does, and the most memory that the state had after a call. Run in the folder bench/.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench.h"

static const struct {
	const char *name;
	const char *path;
} scripts[] = {
	{ "string", "scripts/garbage_string.lua" },
	{ "tables", "scripts/garbage_tables.lua" },
};

static void collect(const char *name, const char *path, int calls)
{
	static struct samples cost;
	uint64_t most = 0;
	struct pair pair;
	char buf[64];

	pair_open(&pair);
	script_judge(pair.server, SS_LUA_HOOK_RECEIVE, path);
	memset(buf, 'x', sizeof(buf));
	samples_reset(&cost);
	for (int i = 0; i < calls; i++) {
		struct ss_lua_info info;
		uint64_t start;

		tcp_send(pair.client, buf, sizeof(buf));
		start = ticks();
		tcp_recv(pair.server, buf, sizeof(buf));
		samples_add(&cost, ticks() - start);
		script_info(pair.server, &info);
		if (info.memory > most)
			most = info.memory;
	}
	printf("{\"bench\": \"collector\", \"case\": \"%s\", \"size\": %d, \"mean\": %.1f, "
	       "\"median\": %.1f, \"worst\": %.1f, \"memory\": %llu}\n", name, calls,
	       samples_mean(&cost), samples_median(&cost), samples_max(&cost),
	       (unsigned long long)most);
	fflush(stdout);
	pair_close(&pair);
}

int main(int argc, char **argv)
{
	int calls = argc > 1 ? atoi(argv[1]) : 10000;

	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
		collect(scripts[i].name, scripts[i].path, calls);
	return 0;
}
