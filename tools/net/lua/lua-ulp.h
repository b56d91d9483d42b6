/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lua-ulp, a tool for scripts in TCP sockets, and the map of this folder:
 *
 *	lua-ulp.c	which subcommand
 *	check.c		check: a script in user space
 *	input.c		bytes for it, from a file or a capture
 *	dump.c		bytes, for people
 *	host/		net/lua in user space
 *	run.c		run: a script on the sockets of a program
 *	attach.c	attach, detach: on those of a running one
 *	process.c	the sockets of a process
 *	socket.c	the options of a socket, and what their errors mean
 *	hooks.c		which function judges what
 *	script.c	a script's text, and errors in it
 *	stat.c		stat: counters
 *	diag.c		those of sockets, from sock_diag
 *	trace.c		log, trace: what scripts print and decide, live
 *	lua-ulp-preload.c
 *			a library that run puts into the program
 */
#ifndef _LUA_ULP_TOOL_H
#define _LUA_ULP_TOOL_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/lua.h>

#include "hooks.h"

#ifndef SOL_LUA
#define SOL_LUA 288
#endif

/* Exit statuses, as the manual has them */
enum {
	STATUS_OK,
	STATUS_SCRIPT,		/* the script has an error */
	STATUS_USAGE,
	STATUS_REFUSED,		/* check: the script refused the input */
	STATUS_SYSTEM,		/* the system does not allow or have it */
};

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

/* lua-ulp.c */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
int usage_error(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int parse_port(const char *text);
long long parse_number(const char *text, long long min, long long max);

/* the subcommands */
int cmd_check(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_trace(int argc, char **argv);

/* script.c */

/**
 * struct script - a script's text
 * @path: where it is from
 * @text: the text
 * @len: bytes of it
 */
struct script {
	const char *path;
	char *text;
	size_t len;
};

char *read_file(const char *path, size_t *len);
int script_read(struct script *script, const char *path);
void script_complain(const struct script *script, const char *error);

/* socket.c */
bool socket_has_lua(int fd);
int socket_attach(int fd);
int socket_load(int fd, const struct script *script, const struct hooks *hooks);
int socket_unhook(int fd);
int socket_try(const struct script *script, const struct hooks *hooks);

/* process.c */
enum { MATCH_LISTENERS = 1, MATCH_CONNECTIONS = 2 };

int process_sockets(int pid, int port, int match, int (*visit)(int fd, void *arg),
		    void *arg);

/* dump.c */
void dump_bytes(const void *bytes, size_t len, bool hex);
void dump_escaped(const char *text, size_t len);

/* input.c */

/**
 * struct input - bytes for a script, as they arrive
 * @segment: the segments
 * @segments: how many
 * @len: bytes of all
 * @origin: where they are from, for people
 */
struct input {
	struct segment {
		unsigned char *bytes;
		size_t len;
	} *segment;
	size_t segments;
	size_t len;
	char origin[256];
};

int input_read(struct input *input, const char *path, int connection);
int input_split(struct input *input, size_t size);
void input_free(struct input *input);

/* diag.c */

/**
 * struct diag_socket - a socket that has the protocol "lua"
 * @family: AF_INET or AF_INET6
 * @state: of the connection, a number of TCP's
 * @local: address
 * @peer: address
 * @port: local one
 * @peer_port: the peer's
 * @cookie: which the tracepoints have, too
 * @inode: of the socket, or 0
 * @info: its counters
 */
struct diag_socket {
	int family;
	int state;
	char local[48];
	char peer[48];
	int port;
	int peer_port;
	unsigned long long cookie;
	unsigned int inode;
	struct ss_lua_info info;
};

int diag_sockets(void (*visit)(const struct diag_socket *sock, void *arg), void *arg);
const char *diag_state(int state);

#endif
