// SPDX-License-Identifier: GPL-2.0
/*
 * A library for LD_PRELOAD: every TCP socket that the program makes gets the
 * upper layer protocol "lua" and a script. The program need not know.
 *
 *	LUA_ULP_SCRIPT	file with the script
 *	LUA_ULP_ENTRY	[HOOK=]FUNCTION,...: its functions, for received data or
 *			another hook; "process" if that is not set
 *	LUA_ULP_PORT	only sockets that listen at this port, or connect to it
 *
 * Sockets that accept() returns have their listener's script by themselves. A
 * listener that the program was started with gets the script at listen().
 * A program that speaks to the kernel past the C library is not reached.
 *
 * A socket without its script would be one without a filter, so socket(),
 * listen() and connect() fail if it cannot be attached, and say why on standard
 * error.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <linux/lua.h>

#include "hooks.h"

#ifndef SOL_LUA
#define SOL_LUA 288
#endif

static int (*next_socket)(int family, int type, int protocol);
static int (*next_listen)(int fd, int backlog);
static int (*next_connect)(int fd, const struct sockaddr *address, socklen_t len);

static struct hooks hooks;
static int port;
static char *script;
static size_t script_len;

static void __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
	int err = errno;
	va_list args;

	fputs("lua_ulp_preload: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(err));
	errno = err;
}

static char *read_file(const char *path, size_t *len)
{
	char *text = NULL;
	struct stat st;
	ssize_t n = -1;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st)) {
		text = malloc(st.st_size + 1);
		if (text)
			n = read(fd, text, st.st_size);
	}
	close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	*len = n;
	return text;
}

static void __attribute__((constructor)) prepare(void)
{
	const char *path = getenv("LUA_ULP_SCRIPT"), *entry = getenv("LUA_ULP_ENTRY");

	next_socket = dlsym(RTLD_NEXT, "socket");
	next_listen = dlsym(RTLD_NEXT, "listen");
	next_connect = dlsym(RTLD_NEXT, "connect");
	if (entry && !hooks_parse(&hooks, entry)) {
		errno = EINVAL;
		complain("LUA_ULP_ENTRY");
		_exit(127);
	}
	hooks_default(&hooks);
	if (getenv("LUA_ULP_PORT"))
		port = atoi(getenv("LUA_ULP_PORT"));
	if (!path)
		return;
	script = read_file(path, &script_len);
	if (!script) {
		complain("%s", path);
		_exit(127);
	}
}

static int fail(int fd, const char *what)
{
	char reason[SS_LUA_ERROR_MAX + 1] = "";
	socklen_t len = SS_LUA_ERROR_MAX;
	int err = errno;

	getsockopt(fd, SOL_LUA, SS_LUA_ERROR, reason, &len);
	errno = err;
	complain("%s %s", what, reason);
	return -1;
}

static int set_hooks(int fd)
{
	struct ss_lua_hook value;

	for (value.hook = 0; value.hook < __SS_LUA_HOOK_MAX; value.hook++) {
		memcpy(value.name, hooks.name[value.hook], sizeof(value.name));
		if (value.name[0] &&
		    setsockopt(fd, SOL_LUA, SS_LUA_HOOK, &value, sizeof(value)))
			return fail(fd, "SS_LUA_HOOK");
	}
	return 0;
}

static int attach(int fd)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "lua", 3))
		return fail(fd, "TCP_ULP");
	if (!script)
		return 0;
	if (setsockopt(fd, SOL_LUA, SS_LUA_LOADSCRIPT, script, script_len))
		return fail(fd, "SS_LUA_LOADSCRIPT");
	return set_hooks(fd);
}

static int int_option(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) ? -1 : value;
}

static bool is_tcp(int fd)
{
	int domain = int_option(fd, SO_DOMAIN);

	return (domain == AF_INET || domain == AF_INET6) &&
	       int_option(fd, SO_PROTOCOL) == IPPROTO_TCP;
}

static bool has_ulp(int fd)
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	return !getsockopt(fd, IPPROTO_TCP, TCP_ULP, name, &len) && name[0];
}

static int port_of(const struct sockaddr *address, socklen_t len)
{
	if (len >= sizeof(struct sockaddr_in) && address->sa_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)address)->sin_port);
	if (len >= sizeof(struct sockaddr_in6) && address->sa_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
	return 0;
}

static int local_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len))
		return 0;
	return port_of((struct sockaddr *)&address, len);
}

#define EXPORTED	__attribute__((visibility("default")))

EXPORTED int socket(int family, int type, int protocol)
{
	int fd = next_socket(family, type, protocol);
	int err = errno;

	if (fd >= 0 && !port && is_tcp(fd) && attach(fd)) {
		err = errno;
		close(fd);
		fd = -1;
	}
	errno = err;
	return fd;
}

EXPORTED int listen(int fd, int backlog)
{
	int err = errno;

	if (is_tcp(fd) && !has_ulp(fd) && (!port || local_port(fd) == port) && attach(fd))
		return -1;
	errno = err;
	return next_listen(fd, backlog);
}

EXPORTED int connect(int fd, const struct sockaddr *address, socklen_t len)
{
	int err = errno;

	if (port && port_of(address, len) == port && is_tcp(fd) && !has_ulp(fd) &&
	    attach(fd))
		return -1;
	errno = err;
	return next_connect(fd, address, len);
}
