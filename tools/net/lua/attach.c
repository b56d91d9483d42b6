// SPDX-License-Identifier: GPL-2.0
/*
 * lua-ulp attach, detach: the listener of a running program.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "lua-ulp.h"

struct attach {
	struct script script;
	const char *path;
	struct hooks hooks;
	int pid;
	int port;
	int match;
	int sockets;
};

static int attach_one(int fd, void *arg)
{
	struct attach *attach = arg;
	int status = socket_attach(fd);

	if (!status)
		status = socket_load(fd, &attach->script, &attach->hooks);
	attach->sockets += !status;
	return status;
}

static int detach_one(int fd, void *arg)
{
	struct attach *attach = arg;
	int status;

	if (!socket_has_lua(fd))
		return STATUS_OK;
	status = socket_unhook(fd);
	attach->sockets += !status;
	return status;
}

static int parse(struct attach *attach, int argc, char **argv, bool takes_script)
{
	static const struct option longs[] = {
		{ "script", required_argument, NULL, 's' },
		{ "entry", required_argument, NULL, 'e' },
		{ "pid", required_argument, NULL, 'P' },
		{ "port", required_argument, NULL, 'p' },
		{ "connections", no_argument, NULL, 'c' },
		{ }
	};
	const char *name = argv[0];
	int c;

	while ((c = getopt_long(argc, argv, "s:e:p:c", longs, NULL)) >= 0) {
		switch (c) {
		case 's':
			attach->path = optarg;
			break;
		case 'e':
			if (!hooks_parse(&attach->hooks, optarg))
				return usage_error(name, "%s names no function", optarg);
			break;
		case 'P':
			attach->pid = parse_number(optarg, 1, 1 << 30);
			if (attach->pid < 0)
				return usage_error(name, "%s is no process", optarg);
			break;
		case 'p':
			attach->port = parse_port(optarg);
			if (attach->port < 0)
				return usage_error(name, "%s is no port", optarg);
			break;
		case 'c':
			attach->match |= MATCH_CONNECTIONS;
			break;
		default:
			return usage_error(name, NULL);
		}
	}
	if (takes_script != !!attach->path)
		return usage_error(name, takes_script ? "which script? (-s)" :
						  "there is no script in this");
	if (!attach->pid || !attach->port || optind != argc)
		return usage_error(name, "which process, and which port?");
	hooks_default(&attach->hooks);
	return STATUS_OK;
}

/* The program's sockets are touched only if the script is good. */
static int attach_all(struct attach *attach)
{
	int status = script_read(&attach->script, attach->path);

	if (status)
		return status;
	status = socket_try(&attach->script, &attach->hooks);
	if (!status)
		status = process_sockets(attach->pid, attach->port, attach->match,
					 attach_one, attach);
	free(attach->script.text);
	return status;
}

static int report(const struct attach *attach, int status, const char *what)
{
	if (attach->sockets)
		printf("%d socket%s of process %d at port %d: %s\n", attach->sockets,
		       attach->sockets == 1 ? "" : "s", attach->pid, attach->port, what);
	return status;
}

int cmd_attach(int argc, char **argv)
{
	struct attach attach = { .match = MATCH_LISTENERS };
	int status = parse(&attach, argc, argv, true);

	if (status)
		return status;
	return report(&attach, attach_all(&attach), attach.path);
}

int cmd_detach(int argc, char **argv)
{
	struct attach attach = { .match = MATCH_LISTENERS };
	int status = parse(&attach, argc, argv, false);

	if (status)
		return status;
	status = process_sockets(attach.pid, attach.port, attach.match, detach_one, &attach);
	if (!status && !attach.sockets) {
		complain("no socket of process %d at port %d has a script", attach.pid,
			 attach.port);
		return STATUS_SYSTEM;
	}
	return report(&attach, status, "nothing is judged");
}
