// SPDX-License-Identifier: GPL-2.0
/*
 * A script's text, and errors in it: the kernel calls a script "script", who
 * wrote it wants to see the file and the line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* script_complain() - show an error, and the line that it is in */
void script_complain(const struct script *script, const char *error)
{
	const char *line;
	char *rest;
	long number;
	int len;

	fflush(stdout);
	if (strncmp(error, CHUNK, strlen(CHUNK))) {
		fprintf(stderr, "%s: %s\n", script->path, error);
		return;
	}
	number = strtol(error + strlen(CHUNK), &rest, 10);
	fprintf(stderr, "%s:%ld%s\n", script->path, number, rest);
	line = line_of(script, number, &len);
	if (line)
		fprintf(stderr, "%6ld | %.*s\n", number, len, line);
}
