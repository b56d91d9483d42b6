// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes, as people want to see them. What comes from a peer must not speak to
 * the terminal, so nothing but printable characters goes there.
 */
#include <ctype.h>
#include <stdio.h>

#include "lua-ulp.h"

#define ROW	16

static void dump_row(const unsigned char *row, size_t len, size_t offset)
{
	printf("    %08zx ", offset);
	for (size_t i = 0; i < ROW; i++) {
		if (i == ROW / 2)
			putchar(' ');
		if (i < len)
			printf(" %02x", row[i]);
		else
			fputs("   ", stdout);
	}
	fputs("  |", stdout);
	for (size_t i = 0; i < len; i++)
		putchar(isprint(row[i]) ? row[i] : '.');
	puts("|");
}

/* dump_escaped() - as in a string of Lua */
void dump_escaped(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = text[i];

		if (c == '\r')
			fputs("\\r", stdout);
		else if (c == '\n')
			fputs("\\n", stdout);
		else if (c == '\t')
			fputs("\\t", stdout);
		else if (c == '\\')
			fputs("\\\\", stdout);
		else if (isprint(c))
			putchar(c);
		else
			printf("\\x%02x", c);
	}
}

static bool is_text(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isprint(bytes[i]) && !isspace(bytes[i]))
			return false;
	}
	return true;
}

static void dump_text(const char *text, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n' && i + 1 < len)
			continue;
		fputs("    | ", stdout);
		dump_escaped(text + from, i + 1 - from);
		putchar('\n');
		from = i + 1;
	}
}

/* dump_bytes() - as text if they are that, and @hex is not wanted */
void dump_bytes(const void *bytes, size_t len, bool hex)
{
	const unsigned char *row = bytes;

	if (!hex && is_text(bytes, len)) {
		dump_text(bytes, len);
		return;
	}
	for (size_t i = 0; i < len; i += ROW)
		dump_row(row + i, len - i < ROW ? len - i : ROW, i);
}
