// SPDX-License-Identifier: GPL-2.0
/*
 * The options of a socket, and what their errors mean for who uses the tool.
 * Functions return 0 or a status, and have said what is wrong.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <linux/tcp.h>

#include "lua-ulp.h"

/* Of another upper layer protocol */
#define ULP_NAME_MAX	16

#define PRIVILEGE							\
	"this needs CAP_NET_ADMIN: run it as root, or let everybody use Lua "	\
	"(sysctl net.lua.unprivileged=1)"

static bool is_loaded(void)
{
	return !access("/proc/net/lua_stat", F_OK);
}

static void explain_no_ulp(void)
{
	struct utsname kernel;

	uname(&kernel);
	if (geteuid())
		complain("the kernel has no upper layer protocol \"lua\" yet: "
			 "run 'modprobe lua_ulp' as root");
	else
		complain("this kernel (%s) has no upper layer protocol \"lua\": there is no "
			 "module lua_ulp for it, or it was built without CONFIG_NET_LUA",
			 kernel.release);
}

static void get_ulp(int fd, char name[ULP_NAME_MAX])
{
	socklen_t len = ULP_NAME_MAX - 1;

	memset(name, 0, ULP_NAME_MAX);
	getsockopt(fd, IPPROTO_TCP, TCP_ULP, name, &len);
}

/* socket_attach() - give it the protocol, if it does not have it */
int socket_attach(int fd)
{
	char name[ULP_NAME_MAX];

	if (!setsockopt(fd, IPPROTO_TCP, TCP_ULP, "lua", 3))
		return STATUS_OK;
	switch (errno) {
	case EEXIST:
		get_ulp(fd, name);
		if (!strcmp(name, "lua"))
			return STATUS_OK;
		complain("the socket has another upper layer protocol, \"%s\"; "
			 "it can have one only", name);
		break;
	case EPERM:
		complain(PRIVILEGE);
		break;
	case ENOENT:
		if (!is_loaded())
			explain_no_ulp();
		else
			complain("TCP_ULP: %s", strerror(errno));
		break;
	case EBUSY:
		complain("somebody else uses the socket's operations: a sockmap, or the kernel");
		break;
	default:
		complain("TCP_ULP: %s", strerror(errno));
	}
	return STATUS_SYSTEM;
}

static void get_error(int fd, char error[SS_LUA_ERROR_MAX])
{
	socklen_t len = SS_LUA_ERROR_MAX;

	if (getsockopt(fd, SOL_LUA, SS_LUA_ERROR, error, &len))
		error[0] = '\0';
}

/* An option that sets something has failed. */
static int explain(int fd, const struct script *script)
{
	char error[SS_LUA_ERROR_MAX];
	int err = errno;

	get_error(fd, error);
	switch (err) {
	case EPERM:
		complain(PRIVILEGE);
		return STATUS_SYSTEM;
	case EMSGSIZE:
		complain("%s: %zu bytes, or the function's name, are too long: "
			 "see sysctl net.lua.max_script", script->path, script->len);
		return STATUS_SCRIPT;
	case ENOBUFS:
		complain("the network namespace has as many Lua states as it may have: "
			 "see sysctl net.lua.max_states");
		return STATUS_SYSTEM;
	case EINVAL:
		script_complain(script, error[0] ? error : "the script is empty");
		return STATUS_SCRIPT;
	case ENOENT:
	case ETIME:
	case ENOMEM:
		script_complain(script, error[0] ? error : strerror(err));
		return STATUS_SCRIPT;
	}
	complain("%s: %s", script->path, strerror(err));
	return STATUS_SYSTEM;
}

static int set_script(int fd, const char *text, size_t len)
{
	return setsockopt(fd, SOL_LUA, SS_LUA_LOADSCRIPT, text, len);
}

static int set_hook(int fd, unsigned int hook, const char *name)
{
	struct ss_lua_hook value = { .hook = hook };

	strncpy(value.name, name, sizeof(value.name) - 1);
	return setsockopt(fd, SOL_LUA, SS_LUA_HOOK, &value, sizeof(value));
}

static void get_hook(int fd, unsigned int hook, char name[SS_LUA_NAME_MAX])
{
	struct ss_lua_hook value = { .hook = hook };
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_LUA, SS_LUA_HOOK, &value, &len))
		value.name[0] = '\0';
	memcpy(name, value.name, sizeof(value.name));
}

static void get_hooks(int fd, struct hooks *hooks)
{
	for (unsigned int hook = 0; hook < __SS_LUA_HOOK_MAX; hook++)
		get_hook(fd, hook, hooks->name[hook]);
}

static int set_hooks(int fd, const struct hooks *hooks, const struct hooks *old)
{
	for (unsigned int hook = 0; hook < __SS_LUA_HOOK_MAX; hook++) {
		if (strcmp(hooks->name[hook], old->name[hook]) &&
		    set_hook(fd, hook, hooks->name[hook]))
			return -1;
	}
	return 0;
}

/* A script that replaces another must have the functions of the old one's hooks,
 * or it is not taken, and there must not be a moment without any. So for a moment
 * it has both names, in front of its first line.
 */
static int load_renamed(int fd, const struct script *script, const struct hooks *hooks,
			const struct hooks *old)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	int err;

	if (!file)
		return -1;
	for (unsigned int hook = 0; hook < __SS_LUA_HOOK_MAX; hook++) {
		const char *was = old->name[hook], *is = hooks->name[hook];

		if (!was[0] || !strcmp(was, is))
			continue;
		fprintf(file, "_ENV[ [[%s]] ] = function(...) return ", was);
		if (is[0])
			fprintf(file, "_ENV[ [[%s]] ](...) end ", is);
		else
			fputs("true end ", file);
	}
	fwrite(script->text, 1, script->len, file);
	err = fclose(file) || set_script(fd, text, size) || set_hooks(fd, hooks, old);
	free(text);
	return err ? -1 : 0;
}

/* Does a hook change its function? */
static bool is_renamed(const struct hooks *hooks, const struct hooks *old)
{
	for (unsigned int hook = 0; hook < __SS_LUA_HOOK_MAX; hook++) {
		if (old->name[hook][0] && strcmp(old->name[hook], hooks->name[hook]))
			return true;
	}
	return false;
}

/* socket_load() - load a script, or replace the one that is there */
int socket_load(int fd, const struct script *script, const struct hooks *hooks)
{
	struct hooks old;

	get_hooks(fd, &old);
	if (is_renamed(hooks, &old)) {
		if (load_renamed(fd, script, hooks, &old))
			return explain(fd, script);
		old = *hooks;
	}
	if (set_script(fd, script->text, script->len) || set_hooks(fd, hooks, &old))
		return explain(fd, script);
	return STATUS_OK;
}

bool socket_has_lua(int fd)
{
	char name[ULP_NAME_MAX];

	get_ulp(fd, name);
	return !strcmp(name, "lua");
}

/* socket_unhook() - no function judges any more */
int socket_unhook(int fd)
{
	for (unsigned int hook = 0; hook < __SS_LUA_HOOK_MAX; hook++) {
		if (!set_hook(fd, hook, "") || errno == ENOENT)
			continue;
		complain(errno == EPERM ? PRIVILEGE : "SS_LUA_HOOK: %m");
		return STATUS_SYSTEM;
	}
	return STATUS_OK;
}

/* socket_try() - would a socket take it? */
int socket_try(const struct script *script, const struct hooks *hooks)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int status;

	if (fd < 0) {
		complain("socket: %s", strerror(errno));
		return STATUS_SYSTEM;
	}
	status = socket_attach(fd);
	if (!status)
		status = socket_load(fd, script, hooks);
	close(fd);
	return status;
}
