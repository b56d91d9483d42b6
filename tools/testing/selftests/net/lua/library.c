// SPDX-License-Identifier: GPL-2.0
/*
 * The libraries that are written in Lua: what the files of lib/ state, each about
 * one of them. A file ends with an error if something does not hold; common.lua stands
 * before each.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "lua_sock.h"

#define TEXT_MAX	65536

static char text[TEXT_MAX];

/* Room for what the files do, in a namespace of its own. */
static int enter_namespace(void)
{
	int err = lua_own_network();

	if (!err)
		err = lua_write_file("/proc/sys/net/lua/max_memory", "67108864");
	if (!err)
		err = lua_write_file("/proc/sys/net/lua/max_instructions", "1000000000");
	return err;
}

/* Appends a file to the text. */
static int add_file(const char *path)
{
	size_t len = strlen(text);

	if (len)
		text[len++] = '\n';
	return lua_read_file(path, text + len, sizeof(text) - len);
}

static void show_log(int fd)
{
	char log[4097];
	socklen_t len = sizeof(log) - 1;
	char *line, *rest = log;

	if (getsockopt(fd, SOL_LUA, SS_LUA_LOG, log, &len))
		return;
	log[len] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (*line)
			ksft_print_msg("%s\n", line);
}

static void test_file(const char *path)
{
	int fd = lua_socket(AF_INET);
	int err;

	text[0] = '\0';
	err = add_file("lib/common.lua");
	if (!err)
		err = add_file(path);
	if (!err)
		err = lua_attach(fd);
	if (!err)
		err = lua_load(fd, text);
	if (err) {
		show_log(fd);
		ksft_print_msg("%s: %s\n", strerror(-err), lua_error(fd));
	}
	ksft_test_result(!err, "%s\n", path);
	close(fd);
}

int main(void)
{
	glob_t files;
	size_t i;
	int err;

	ksft_print_header();
	if (glob("lib/[!c]*.lua", 0, NULL, &files))
		ksft_exit_fail_msg("no files in lib/\n");
	err = enter_namespace();
	if (err)
		ksft_exit_fail_msg("no namespace for Lua: %s\n", strerror(-err));

	ksft_set_plan(files.gl_pathc);
	for (i = 0; i < files.gl_pathc; i++)
		test_file(files.gl_pathv[i]);
	globfree(&files);
	ksft_finished();
}
