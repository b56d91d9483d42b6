// SPDX-License-Identifier: GPL-2.0
/*
 * The language: what a script prints in a socket is what Lua 5.3 prints. That
 * holds for each file in manual/, which go through Lua's reference manual, and
 * for random programs.
 *
 * LUA_PROGRAMS=n	so many random programs; 0 for none
 * LUA_SEED=n		the first one's number; the others' follow
 *
 * "lua5.3 differential.lua NUMBER" shows a program.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "lua_sock.h"

#define PROGRAMS	"40"
/* Differences of random programs that are shown. */
#define SHOWN		10

/*
 * Keeps what is printed, and returns it in place of what is received. All is on
 * one line with the script's first, so that its lines have the numbers that they
 * have in the file.
 */
static const char prologue[] =
	"do local lines, n, concat, pack, tostring = {}, 0, table.concat, table.pack, tostring "
	"function print(...) local words = pack(...) "
	"for i = 1, words.n do words[i] = tostring(words[i]) end "
	"n = n + 1 lines[n] = concat(words, '\\t', 1, words.n) end "
	"function process() return true, concat(lines, '\\n', 1, n) .. '\\n' end end ";

/* Bytes, and a NUL behind them. */
struct text {
	size_t len;
	char *bytes;
};

static void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ };
}

static int text_add(struct text *text, const void *bytes, size_t len)
{
	char *more = realloc(text->bytes, text->len + len + 1);

	if (!more)
		return -ENOMEM;
	memcpy(more + text->len, bytes, len);
	text->bytes = more;
	text->len += len;
	more[text->len] = '\0';
	return 0;
}

/* What a shell command prints, errors included. */
static int command_prints(struct text *text, const char *command)
{
	char buf[4096];
	FILE *pipe;
	size_t n;
	int err;

	pipe = popen(command, "r");
	if (!pipe)
		return -errno;
	err = text_add(text, "", 0);
	while (!err && (n = fread(buf, 1, sizeof(buf), pipe)))
		err = text_add(text, buf, n);
	return pclose(pipe) && !err ? -ECHILD : err;
}

static int read_all(struct text *text, int fd)
{
	char buf[4096];
	ssize_t n;
	int err = 0;

	while (!err && (n = recv(fd, buf, sizeof(buf), 0)) > 0)
		err = text_add(text, buf, n);
	return err ? err : n < 0 ? -errno : 0;
}

/* What @script prints in the kernel; if it fails, @text is the reason. */
static int socket_prints(struct text *text, const struct text *script)
{
	struct lua_pair pair = { .fd = -1, .peer = -1 };
	int err = lua_pair_open(&pair, AF_INET);

	if (!err)
		err = lua_attach(pair.fd);
	if (!err)
		err = lua_load_bytes(pair.fd, script->bytes, script->len);
	if (!err)
		err = lua_entry(pair.fd, "process");
	if (!err)
		err = lua_send_end(&pair, LUA_ONE_SEGMENT, "x", 1);
	if (!err)
		err = read_all(text, pair.fd);
	if (err) {
		const char *why = pair.fd < 0 ? "" : lua_error(pair.fd);

		text_free(text);
		text_add(text, why, strlen(why));
	}
	lua_pair_close(&pair);
	return err;
}

/* Length of the line that begins at @from */
static int line_len(const struct text *text, size_t from)
{
	return strcspn(text->bytes + from, "\n");
}

static void show_difference(const struct text *lua, const struct text *kernel)
{
	size_t at = 0, start = 0;
	int line = 1;

	while (at < lua->len && at < kernel->len && lua->bytes[at] == kernel->bytes[at]) {
		if (lua->bytes[at++] == '\n') {
			start = at;
			line++;
		}
	}
	ksft_print_msg("line %d of the output differs\n", line);
	ksft_print_msg("   lua5.3: %.*s\n", line_len(lua, start), lua->bytes + start);
	ksft_print_msg("   kernel: %.*s\n", line_len(kernel, start), kernel->bytes + start);
}

/**
 * prints_the_same() - run a script in a socket and by lua5.3
 * @source: command that prints the script
 * @run: command that runs it
 * @show: say what is different
 *
 * Return: whether both print the same
 */
static bool prints_the_same(const char *source, const char *run, bool show)
{
	struct text script = { }, lua = { }, kernel = { };
	bool same = false;
	int err;

	text_add(&script, prologue, strlen(prologue));
	err = command_prints(&script, source);
	if (!err)
		err = command_prints(&lua, run);
	if (err) {
		ksft_print_msg("'%s', '%s': %s: %s\n", source, run,
			       strerror(-err), lua.bytes ?: "");
		goto out;
	}
	err = socket_prints(&kernel, &script);
	same = !err && lua.len && lua.len == kernel.len &&
	       !memcmp(lua.bytes, kernel.bytes, lua.len);
	if (err && show)
		ksft_print_msg("in the kernel: %s: %s\n", strerror(-err),
			       kernel.bytes ?: "");
	else if (!same && show)
		show_difference(&lua, &kernel);
out:
	text_free(&script);
	text_free(&lua);
	text_free(&kernel);
	return same;
}

/* What lua5.3 reads, it calls what the kernel calls it: in errors, too. */
#define RUN	"LC_ALL=C lua5.3 -e 'assert(pcall(assert(load(io.read \"a\", \"=script\"))))' 2>&1"

static void test_file(const char *path)
{
	char source[128], run[256];

	snprintf(source, sizeof(source), "cat %s", path);
	snprintf(run, sizeof(run), RUN " <%s", path);
	ksft_test_result(prints_the_same(source, run, true), "%s\n", path);
}

static void test_programs(long seed, long count)
{
	char source[128], run[256];
	int different = 0;
	long i;

	for (i = 0; i < count; i++) {
		snprintf(source, sizeof(source), "lua5.3 differential.lua %ld",
			 seed + i);
		snprintf(run, sizeof(run), "%s | " RUN, source);
		if (prints_the_same(source, run, different < SHOWN))
			continue;
		if (different++ < SHOWN)
			ksft_print_msg("that was program %ld\n", seed + i);
	}
	ksft_print_msg("%d of the programs %ld to %ld differ\n", different, seed,
		       seed + count - 1);
	ksft_test_result(!different, "random programs\n");
}

/* Room for what the files do. */
static int enter_namespace(void)
{
	int err = lua_own_network();

	if (!err)
		err = lua_write_file("/proc/sys/net/lua/max_script", "1048576");
	if (!err)
		err = lua_write_file("/proc/sys/net/lua/max_memory", "67108864");
	if (!err)
		err = lua_write_file("/proc/sys/net/lua/max_instructions", "1000000000");
	return err;
}

int main(void)
{
	long count = atol(getenv("LUA_PROGRAMS") ?: PROGRAMS);
	const char *seed = getenv("LUA_SEED");
	glob_t files;
	size_t i;
	int err;

	ksft_print_header();
	if (system("lua5.3 -v >/dev/null 2>&1"))
		ksft_exit_skip("lua5.3 is not installed\n");
	if (glob("manual/*.lua", 0, NULL, &files))
		ksft_exit_fail_msg("no files in manual/\n");
	err = enter_namespace();
	if (err)
		ksft_exit_fail_msg("no namespace for Lua: %s\n", strerror(-err));

	ksft_set_plan(files.gl_pathc + (count > 0));
	for (i = 0; i < files.gl_pathc; i++)
		test_file(files.gl_pathv[i]);
	if (count > 0)
		test_programs(seed ? atol(seed) : time(NULL), count);
	globfree(&files);
	ksft_finished();
}
