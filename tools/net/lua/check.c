// SPDX-License-Identifier: GPL-2.0
/*
 * lua-ulp check: a script without a kernel. host/ has the kernel's own sources,
 * with its limits.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lua_host.h"
#include "lua-ulp.h"

static struct {
	struct hooks hooks;
	unsigned int judge;	/* the hook that judges the input */
	const char *input;
	long long split;
	int connection;
	bool hex;
	bool quiet;
} options;

/* What there was in all calls together */
static struct {
	unsigned long calls;
	unsigned long long instructions;
	size_t memory;
	size_t read;
} total;

static void tell(enum lua_host_event event, const void *bytes, size_t len)
{
	if (event == LUA_HOST_READ)
		total.read += len;
	if (options.quiet)
		return;
	switch (event) {
	case LUA_HOST_PRINTED:
		fputs("  print: ", stdout);
		dump_escaped(bytes, len);
		putchar('\n');
		break;
	case LUA_HOST_READ:
		printf("  the %s %zu bytes:\n",
		       options.judge ? "peer gets" : "application reads", len);
		dump_bytes(bytes, len, options.hex);
		break;
	case LUA_HOST_SENT:
		printf("  sk:send, %zu bytes to the peer:\n", len);
		dump_bytes(bytes, len, options.hex);
		break;
	case LUA_HOST_SHUTDOWN:
		puts("  sk:shutdown");
		break;
	case LUA_HOST_ABORTED:
		puts("  sk:abort");
		break;
	}
}

static void print_verdict(const struct lua_host_verdict *verdict)
{
	printf("  %s(%zu bytes): %s", options.hooks.name[options.judge], verdict->shown,
	       verdict->name);
	if (verdict->reason) {
		fputs(": ", stdout);
		dump_escaped(verdict->reason, strlen(verdict->reason));
	} else {
		printf(" %zu", verdict->len);
	}
	if (verdict->pass_all)
		fputs(", then pass all", stdout);
	else if (verdict->pass)
		printf(", then pass %llu", verdict->pass);
	printf(" (%llu instructions, %zu bytes of memory)\n", verdict->instructions,
	       verdict->memory);
}

static void judged(const struct lua_host_verdict *verdict)
{
	total.calls++;
	if (verdict->instructions > total.instructions)
		total.instructions = verdict->instructions;
	if (verdict->memory > total.memory)
		total.memory = verdict->memory;
	if (!options.quiet)
		print_verdict(verdict);
}

static int judge(const struct input *input)
{
	int err = 0;

	for (size_t i = 0; i < input->segments && !err; i++) {
		const struct segment *segment = &input->segment[i];

		if (!options.quiet)
			printf("segment %zu: %zu bytes\n", i + 1, segment->len);
		err = lua_host_judge(options.judge, segment->bytes, segment->len);
	}
	if (err)
		return err;
	if (!options.quiet)
		puts("end of stream");
	return lua_host_finish();
}

static int report(const struct script *script, const struct input *input, int err)
{
	if (!options.quiet)
		printf("%s: %zu bytes in %zu segments, %lu calls, %zu bytes read; "
		       "at most %llu instructions, %zu bytes of memory\n",
		       script->path, input->len, input->segments, total.calls,
		       total.read, total.instructions, total.memory);
	switch (err) {
	case 0:
		return STATUS_OK;
	case -ECONNREFUSED:
	case -ECONNRESET:
		fflush(stdout);
		fprintf(stderr, "%s: refused: %s\n", script->path, lua_host_error());
		return STATUS_REFUSED;
	case -EIO:
		script_complain(script, lua_host_error());
		return STATUS_SCRIPT;
	}
	complain("%s", lua_host_error());
	return STATUS_SYSTEM;
}

static int check_input(const struct script *script)
{
	struct input input;
	int status;

	status = input_read(&input, options.input, options.connection);
	if (!status && options.split && input_split(&input, options.split)) {
		complain("out of memory");
		status = STATUS_SYSTEM;
	}
	if (!status) {
		if (!options.quiet)
			printf("input: %s\n", input.origin);
		status = report(script, &input, judge(&input));
	}
	input_free(&input);
	return status;
}

/* @took gets the instructions of the main chunk */
static int load(const struct script *script, unsigned long long *took)
{
	int err = lua_host_load(script->text, script->len);

	if (!err)
		*took = lua_host_instructions();
	for (unsigned int hook = 0; hook < __SS_LUA_HOOK_MAX && !err; hook++)
		err = lua_host_bind(hook, options.hooks.name[hook]);
	return err;
}

static int check(const struct script *script)
{
	unsigned long long took;

	if (load(script, &took)) {
		script_complain(script, lua_host_error());
		return STATUS_SCRIPT;
	}
	if (options.input)
		return check_input(script);
	if (!options.quiet)
		printf("%s: good (%llu instructions, %zu bytes of memory)\n",
		       script->path, took, lua_host_memory());
	return STATUS_OK;
}

static int set_limit(char *argument)
{
	char *value = strchr(argument, '=');
	long long n = value ? parse_number(value + 1, 0, __LONG_LONG_MAX__) : -1;

	if (n < 0)
		return usage_error("check", "a limit is NAME=NUMBER");
	*value = '\0';
	switch (lua_host_set_limit(argument, n)) {
	case 0:
		return STATUS_OK;
	case -ERANGE:
		return usage_error("check", "net.lua.%s cannot be %lld", argument, n);
	default:
		return usage_error("check", "there is no limit net.lua.%s", argument);
	}
}

static int parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "entry", required_argument, NULL, 'e' },
		{ "input", required_argument, NULL, 'i' },
		{ "split", required_argument, NULL, 'n' },
		{ "connection", required_argument, NULL, 'c' },
		{ "limit", required_argument, NULL, 'l' },
		{ "hex", no_argument, NULL, 'x' },
		{ "quiet", no_argument, NULL, 'q' },
		{ }
	};
	int c, status;

	options.connection = 1;
	while ((c = getopt_long(argc, argv, "e:i:n:c:l:xq", longs, NULL)) >= 0) {
		switch (c) {
		case 'e':
			if (!hooks_parse(&options.hooks, optarg))
				return usage_error("check", "%s names no function", optarg);
			break;
		case 'i':
			options.input = optarg;
			break;
		case 'n':
			options.split = parse_number(optarg, 1, 1 << 30);
			if (options.split < 0)
				return usage_error("check", "a segment has 1 byte or more");
			break;
		case 'c':
			options.connection = parse_number(optarg, 1, 1 << 30);
			if (options.connection < 0)
				return usage_error("check", "connections count from 1");
			break;
		case 'l':
			status = set_limit(optarg);
			if (status)
				return status;
			break;
		case 'x':
			options.hex = true;
			break;
		case 'q':
			options.quiet = true;
			break;
		default:
			return usage_error("check", NULL);
		}
	}
	if (optind + 1 != argc)
		return usage_error("check", "one script, please");
	hooks_default(&options.hooks);
	if (!options.hooks.name[SS_LUA_HOOK_RECEIVE][0])
		options.judge = SS_LUA_HOOK_SEND;
	if (options.input && !options.hooks.name[options.judge][0])
		return usage_error("check", "no function judges data (-e)");
	return STATUS_OK;
}

int cmd_check(int argc, char **argv)
{
	static const struct lua_host_ops ops = { .tell = tell, .judged = judged };
	struct script script;
	int status;

	if (lua_host_start(&ops)) {
		complain("out of memory");
		return STATUS_SYSTEM;
	}
	status = parse(argc, argv);
	if (!status)
		status = script_read(&script, argv[optind]);
	if (!status) {
		status = check(&script);
		free(script.text);
	}
	lua_host_end();
	return status;
}
