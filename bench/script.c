// SPDX-License-Identifier: GPL-2.0
/* SOL_LUA, and what the kernel says about itself */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

char *read_text(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st))
		die("%s", path);
	text = malloc(st.st_size + 1);
	if (!text || read(fd, text, st.st_size) != st.st_size)
		die("%s", path);
	text[st.st_size] = '\0';
	*len = st.st_size;
	close(fd);
	return text;
}

void script_attach(int fd)
{
	if (setsockopt(fd, SOL_TCP, TCP_ULP, "lua", 3))
		die("TCP_ULP lua");
}

const char *script_error(int fd)
{
	static char text[SS_LUA_ERROR_MAX];
	socklen_t len = sizeof(text);
	int err = errno;

	if (getsockopt(fd, SOL_LUA, SS_LUA_ERROR, text, &len))
		text[0] = '\0';
	errno = err;
	return text;
}

void script_load(int fd, const char *text, size_t len)
{
	if (setsockopt(fd, SOL_LUA, SS_LUA_LOADSCRIPT, text, len))
		die("script: %s", script_error(fd));
}

void script_hook(int fd, unsigned int which, const char *name)
{
	struct ss_lua_hook hook = { .hook = which };

	strncpy(hook.name, name, sizeof(hook.name) - 1);
	if (setsockopt(fd, SOL_LUA, SS_LUA_HOOK, &hook, sizeof(hook)))
		die("hook %s: %s", name, script_error(fd));
}

/* The function process() of the script becomes @hook. */
void script_judge(int fd, unsigned int hook, const char *path)
{
	size_t len;
	char *text = read_text(path, &len);

	script_attach(fd);
	script_load(fd, text, len);
	script_hook(fd, hook, "process");
	free(text);
}

void script_info(int fd, struct ss_lua_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	if (getsockopt(fd, SOL_LUA, SS_LUA_INFO, info, &len))
		die("SS_LUA_INFO");
}

/* The number after "NAME" or "NAME:" in a file of lines; -1 if it is not there */
long proc_value(const char *path, const char *name)
{
	FILE *file = fopen(path, "r");
	size_t len = strlen(name);
	char line[256];
	long value = -1;

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, name, len) && strchr(": \t", line[len])) {
			value = atol(line + len + 1);
			break;
		}
	}
	if (file)
		fclose(file);
	return value;
}

void proc_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("%s", path);
	close(fd);
}
