// SPDX-License-Identifier: GPL-2.0
/*
 * lua-ulp run: an unmodified program, with a script on its TCP sockets. A library
 * that the dynamic linker loads first puts it there; see lua-ulp-preload.c.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lua-ulp.h"

#define PRELOAD	"lua_ulp_preload.so"

struct run {
	const char *path;
	struct hooks hooks;
	const char *port;
};

/* Beside this program, if it was not installed; or where it is installed */
static bool find_preload(char path[PATH_MAX])
{
	char self[PATH_MAX - sizeof(PRELOAD)];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (len > 0) {
		self[len] = '\0';
		slash = strrchr(self, '/');
		slash[1] = '\0';
		snprintf(path, PATH_MAX, "%s" PRELOAD, self);
		if (!access(path, R_OK))
			return true;
	}
	snprintf(path, PATH_MAX, "%s", LIBDIR "/lua-ulp/" PRELOAD);
	return !access(path, R_OK);
}

/* What others want to be loaded first stays. */
static int set_preload(const char *path)
{
	const char *others = getenv("LD_PRELOAD");
	char *all;
	int ret;

	if (asprintf(&all, "%s%s%s", path, others && *others ? ":" : "",
		     others ? others : "") < 0)
		return -1;
	ret = setenv("LD_PRELOAD", all, 1);
	free(all);
	return ret;
}

static int set_environment(const struct run *run, const char *preload)
{
	char script[PATH_MAX], entry[HOOKS_TEXT_MAX];

	/* the program may change its folder, and start others */
	if (!realpath(run->path, script))
		return -1;
	hooks_print(&run->hooks, entry);
	if (run->port ? setenv("LUA_ULP_PORT", run->port, 1) : unsetenv("LUA_ULP_PORT"))
		return -1;
	return setenv("LUA_ULP_SCRIPT", script, 1) ||
	       setenv("LUA_ULP_ENTRY", entry, 1) || set_preload(preload) ? -1 : 0;
}

static int start(const struct run *run, char **program)
{
	char preload[PATH_MAX];
	struct script script;
	int status;

	if (!find_preload(preload)) {
		complain("there is no %s: install the tool (make -C tools/net/lua install)",
			 preload);
		return STATUS_SYSTEM;
	}
	/* what is wrong is said here, before the program starts */
	status = script_read(&script, run->path);
	if (!status) {
		status = socket_try(&script, &run->hooks);
		free(script.text);
	}
	if (status)
		return status;
	if (set_environment(run, preload)) {
		complain("%s: %s", run->path, strerror(errno));
		return STATUS_SYSTEM;
	}
	execvp(program[0], program);
	complain("%s: %s", program[0], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}

int cmd_run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "script", required_argument, NULL, 's' },
		{ "entry", required_argument, NULL, 'e' },
		{ "port", required_argument, NULL, 'p' },
		{ }
	};
	struct run run = { .path = NULL };
	int c;

	/* what follows the program's name is the program's */
	while ((c = getopt_long(argc, argv, "+s:e:p:", longs, NULL)) >= 0) {
		switch (c) {
		case 's':
			run.path = optarg;
			break;
		case 'e':
			if (!hooks_parse(&run.hooks, optarg))
				return usage_error("run", "%s names no function", optarg);
			break;
		case 'p':
			run.port = optarg;
			if (parse_port(optarg) < 0)
				return usage_error("run", "%s is no port", optarg);
			break;
		default:
			return usage_error("run", NULL);
		}
	}
	if (!run.path)
		return usage_error("run", "which script? (-s)");
	if (optind == argc)
		return usage_error("run", "which program?");
	hooks_default(&run.hooks);
	return start(&run, argv + optind);
}
