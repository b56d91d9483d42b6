// SPDX-License-Identifier: GPL-2.0
/*
 * lua-ulp: scripts in TCP sockets, from the command line.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua-ulp.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
} commands[] = {
	{ "check", cmd_check,
	  "SCRIPT [-e [HOOK=]FUNCTION] [-i FILE [-n SIZE] [-c N]] [-x] [-q] [-l LIMIT=N]" },
	{ "run", cmd_run, "-s SCRIPT [-e [HOOK=]FUNCTION] [-p PORT] [--] PROGRAM [ARGUMENT...]" },
	{ "attach", cmd_attach, "-s SCRIPT [-e [HOOK=]FUNCTION] --pid PID --port PORT [-c]" },
	{ "detach", cmd_detach, "--pid PID --port PORT [-c]" },
	{ "stat", cmd_stat, "[-w[SECONDS]] [-j] [-p PORT]" },
	{ "log", cmd_log, "[-p PORT] [-n LINES]" },
	{ "trace", cmd_trace, "[-p PORT] [-n LINES]" },
};

static const char help[] =
"Usage: lua-ulp COMMAND ...        Lua scripts inside TCP sockets; see lua-ulp(8)\n"
"\n"
"check SCRIPT                      compile and run it here, as the kernel would\n"
"  -i, --input FILE                let it judge these bytes, or a capture (pcap)\n"
"  -n, --split SIZE                that arrive in segments of SIZE bytes\n"
"  -c, --connection N              of a capture, the Nth connection (1)\n"
"  -l, --limit NAME=N              with sysctl net.lua.NAME being N\n"
"  -x, --hex; -q, --quiet          show bytes in hex; show errors only\n"
"run -s SCRIPT -- PROGRAM ...      run PROGRAM with the script on its TCP sockets\n"
"  -p, --port PORT                 on those that listen at or connect to PORT\n"
"attach -s SCRIPT --pid PID --port PORT\n"
"                                  put it on a running program's listener, or\n"
"                                  replace the one that is there\n"
"detach --pid PID --port PORT      let what that listener accepts pass\n"
"  -c, --connections               both: also what it has accepted before\n"
"stat                              counters, of the namespace and of sockets\n"
"  -w, --watch[=SECONDS]           again and again\n"
"  -j, --json                      for programs\n"
"log, trace                        what scripts print; what they decide; live\n"
"  -n, --lines N                   end after N lines\n"
"  -p, --port PORT                 stat, log, trace: of sockets with that port\n"
"\n"
"  -e, --entry [HOOK=]FUNCTION     check, run, attach: what judges received data\n"
"                                  (process); HOOK: send, accept, connect, close\n"
"\n"
"Status: 0 good, 1 the script has an error, 2 usage, 3 check: it refused the\n"
"input, 4 the system does not allow it; run: that of the program.\n";

void complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("lua-ulp: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

/* usage_error() - what is wrong with the arguments (NULL: getopt has said it) */
int usage_error(const char *name, const char *format, ...)
{
	const struct command *command = find(name);
	va_list args;

	if (format) {
		fprintf(stderr, "lua-ulp %s: ", name);
		va_start(args, format);
		vfprintf(stderr, format, args);
		va_end(args);
		fputc('\n', stderr);
	}
	fprintf(stderr, "usage: lua-ulp %s %s\n", name, command->arguments);
	return STATUS_USAGE;
}

/* parse_number() - a number within a range, or -1 */
long long parse_number(const char *text, long long min, long long max)
{
	long long n;
	char *end;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno || end == text || *end || n < min || n > max)
		return -1;
	return n;
}

int parse_port(const char *text)
{
	return parse_number(text, 1, 65535);
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		fputs(help, stderr);
		return STATUS_USAGE;
	}
	command = find(argv[1]);
	if (!strcmp(argv[1], "help") || asks_for_help(command ? 2 : argc, argv) ||
	    (argc == 3 && asks_for_help(2, argv + 1))) {
		fputs(help, stdout);
		return STATUS_OK;
	}
	if (!command) {
		fprintf(stderr, "lua-ulp: there is no command '%s'; lua-ulp --help lists them\n",
			argv[1]);
		return STATUS_USAGE;
	}
	return command->run(argc - 1, argv + 1);
}
