// SPDX-License-Identifier: GPL-2.0
/*
 * A script's text, and errors in it: the kernel calls a script "script", who
 * wrote it wants to see the file and the line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lua_host.h"
#include "lua-ulp.h"

/* What the kernel calls a script in messages */
#define CHUNK	"script:"

static char *read_all(FILE *file, size_t *len)
{
	size_t room = 0, n;
	char *text = NULL, *more;

	*len = 0;
	do {
		if (*len == room) {
			room = room ? 2 * room : 65536;
			more = realloc(text, room);
			if (!more)
				goto fail;
			text = more;
		}
		n = fread(text + *len, 1, room - *len, file);
		*len += n;
	} while (n);
	if (!ferror(file))
		return text;
fail:
	free(text);
	return NULL;
}

/* read_file() - all bytes of a file, "-" for standard input, or NULL and errno */
char *read_file(const char *path, size_t *len)
{
	bool standard = !strcmp(path, "-");
	FILE *file = standard ? stdin : fopen(path, "re");
	char *text;
	int err;

	if (!file)
		return NULL;
	text = read_all(file, len);
	err = errno;
	if (!standard)
		fclose(file);
	errno = err;
	return text;
}

/* script_read() - 0, or a status; what is wrong has been said */
int script_read(struct script *script, const char *path)
{
	script->path = path;
	script->text = read_file(path, &script->len);
	if (script->text)
		return STATUS_OK;
	complain("%s: %s", path, strerror(errno));
	return STATUS_USAGE;
}

/* The text of a line and its length, or NULL */
static const char *line_of(const struct script *script, long number, int *len)
{
	const char *line = script->text, *end = script->text + script->len, *next;

	while (line && --number > 0) {
		next = memchr(line, '\n', end - line);
		line = next ? next + 1 : NULL;
	}
	if (!line || line == end)
		return NULL;
	next = memchr(line, '\n', end - line);
	*len = (next ? next : end) - line;
	return line;
}

/* The number of the line in which a byte is */
static long line_number(const struct script *script, size_t at)
{
	const char *p = script->text, *to = script->text + at;
	long number = 1;

	while ((p = memchr(p, '\n', to - p))) {
		number++;
		p++;
	}
	return number;
}

static void show_line(const struct script *script, long number)
{
	const char *line;
	int len;

	line = line_of(script, number, &len);
	if (line)
		fprintf(stderr, "%6ld | %.*s\n", number, len, line);
}

/* One column: a byte, but a tab is as wide as above, and UTF-8 can have several. */
static void show_column(char c, char mark)
{
	if ((c & 0xc0) != 0x80)
		fputc(c == '\t' ? c : mark, stderr);
}

/* Below that line: what of it is meant */
static void show_mark(const struct script *script, long number,
		      const struct lua_host_span *span)
{
	int len;
	const char *p = line_of(script, number, &len);

	fputs("       | ", stderr);
	for (; p < script->text + span->from; p++)
		show_column(*p, ' ');
	fputc('^', stderr);
	while (++p < script->text + span->to)
		show_column(*p, '^');
	fputc('\n', stderr);
}

/* What Lua names in an error of the script's own: "attempt to ... (local 'x')" */
static const char *first_quoted(const char *error, char *name, size_t size)
{
	const char *start = strchr(error, '\'');
	const char *end = start ? strchr(start + 1, '\'') : NULL;

	if (!end || (size_t)(end - start) > size)
		return NULL;
	*(char *)mempcpy(name, start + 1, end - start - 1) = '\0';
	return name;
}

/* Where in its line the error is, if that is known */
static bool find_span(const struct script *script, const char *error, long number,
		      const struct lua_host_blame *blame, struct lua_host_span *span)
{
	const char *name;
	char own[64];

	if (!blame || blame->line != number)
		return lua_host_find_syntax(script->text, script->len, error, span);
	name = blame->called[0] ? blame->called : first_quoted(error, own, sizeof(own));
	return name && lua_host_find_token(script->text, script->len, number, name, span);
}

/* The line that an error of the parser mentions: "to close 'function' at line 1" */
static void show_mentioned(const struct script *script, const char *error, long number)
{
	const char *at = strstr(error, "at line ");
	long mentioned = at ? strtol(at + strlen("at line "), NULL, 10) : 0;

	if (mentioned > 0 && mentioned < number)
		show_line(script, mentioned);
}

/* The line that a message begins with, and what follows; 0 if it does not */
static long line_in(const char *error, const char **rest)
{
	char *end;
	long number;

	if (strncmp(error, CHUNK, strlen(CHUNK)))
		return 0;
	number = strtol(error + strlen(CHUNK), &end, 10);
	*rest = end;
	return number;
}

/* script_complain() - show an error, and the line that it is in */
void script_complain(const struct script *script, const char *error)
{
	const struct lua_host_blame *blame = lua_host_blame(error);
	struct lua_host_span span;
	const char *rest;
	long number = line_in(error, &rest);
	bool found;

	fflush(stdout);
	if (number) {
		fprintf(stderr, "%s:%ld%s\n", script->path, number, rest);
	} else if (blame) {
		number = blame->line;
		fprintf(stderr, "%s:%ld: %s\n", script->path, number, error);
	} else {
		fprintf(stderr, "%s: %s\n", script->path, error);
		return;
	}
	found = find_span(script, error, number, blame, &span);
	if (found)
		number = line_number(script, span.to - 1);
	if (!blame)
		show_mentioned(script, error, number);
	show_line(script, number);
	if (found)
		show_mark(script, number, &span);
}
