// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: vm FOLDER
 *
 * The ten programs of the language bench in FOLDER, each as the body of a hook: run by the
 * kernel when it judges a message, by liblua5.3 in user space, and by eBPF, where vm.bpf.c
 * can express them and BENCH_VM_BPF names its object. One run before the first sample, so
 * that the programs are warm.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bench.h"

#define RUNS 5

static const char *const programs[] = {
	"loops", "fib", "methods", "closures", "tables", "strings", "format", "match", "sort",
	"coroutines",
};

static void result(const char *where, const char *program, struct samples *cost)
{
	printf("{\"bench\": \"vm\", \"case\": \"%s\", \"%s\": %.1f}\n", program, where,
	       samples_median(cost));
	fflush(stdout);
}

static char *hook_of(const char *folder, const char *program)
{
	char path[4096], *text, *hook;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s.lua", folder, program);
	text = read_text(path, &len);
	if (asprintf(&hook, "function process()\n%s\nreturn true end", text) < 0)
		die("memory");
	free(text);
	return hook;
}

static void in_kernel(const char *program, const char *hook)
{
	static struct samples cost;
	struct pair pair;
	char byte = 'x';

	samples_reset(&cost);
	pair_open(&pair);
	script_attach(pair.server);
	script_load(pair.server, hook, strlen(hook));
	script_hook(pair.server, SS_LUA_HOOK_RECEIVE, "process");
	for (int i = 0; i <= RUNS; i++) {
		uint64_t start;

		tcp_send(pair.client, &byte, 1);
		start = ticks();
		tcp_recv(pair.server, &byte, 1);
		if (i)
			samples_add(&cost, ticks() - start);
	}
	pair_close(&pair);
	result("kernel", program, &cost);
}

static void in_user_space(const char *program, const char *hook)
{
	static struct samples cost;
	lua_State *L = luaL_newstate();

	samples_reset(&cost);
	luaL_openlibs(L);
	for (int i = 0; i <= RUNS; i++) {
		uint64_t start = ticks();

		if (!i && luaL_dostring(L, hook))
			die("%s", lua_tostring(L, -1));
		lua_getglobal(L, "process");
		if (lua_pcall(L, 0, 1, 0))
			die("%s", lua_tostring(L, -1));
		lua_settop(L, 0);
		if (i)
			samples_add(&cost, ticks() - start);
	}
	lua_close(L);
	result("user", program, &cost);
}

static void in_bpf(const char *program, struct bpf_object *object)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	static struct samples cost;
	struct bpf_program *p = bpf_object__find_program_by_name(object, program);

	if (!p)
		return;
	samples_reset(&cost);
	for (int i = 0; i <= RUNS; i++) {
		uint64_t start = ticks();

		if (bpf_prog_test_run_opts(bpf_program__fd(p), &opts) || opts.retval)
			die("%s: wrong result %d", program, opts.retval);
		if (i)
			samples_add(&cost, ticks() - start);
	}
	result("bpf", program, &cost);
}

int main(int argc, char **argv)
{
	const char *file = getenv("BENCH_VM_BPF");
	struct bpf_object *object = NULL;

	if (argc != 2) {
		fprintf(stderr, "usage: vm FOLDER\n");
		return 2;
	}
	if (file) {
		object = bpf_object__open_file(file, NULL);
		if (!object || bpf_object__load(object))
			die("%s", file);
	}
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		char *hook = hook_of(argv[1], programs[i]);

		in_kernel(programs[i], hook);
		in_user_space(programs[i], hook);
		if (object)
			in_bpf(programs[i], object);
		free(hook);
	}
	return 0;
}
