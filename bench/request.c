// SPDX-License-Identifier: GPL-2.0
/*
 * HTTP requests of a given size, as browsers make them: a GET, with a cookie that fills
 * it up to 4096 bytes; beyond them a POST whose body does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

static const char *const fields[] = {
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n",
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n",
	"Accept-Language: en-US,en;q=0.5\r\n",
	"Accept-Encoding: gzip, deflate, br\r\n",
	"Connection: keep-alive\r\n",
};

/* As many of the usual fields as fit in @max bytes */
static size_t add_fields(char *buf, size_t used, size_t max)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		size_t len = strlen(fields[i]);

		if (used + len > max)
			continue;
		memcpy(buf + used, fields[i], len);
		used += len;
	}
	return used;
}

/* A field of exactly @len bytes, at least 6 */
static size_t add_cookie(char *buf, size_t used, size_t len)
{
	memset(buf + used, 'c', len);
	memcpy(buf + used, "C: ", 3);
	memcpy(buf + used + len - 2, "\r\n", 2);
	return used + len;
}

void request_fill(char *buf, size_t size)
{
	char line[256];
	size_t used, head = size > 4096 ? 600 : size;

	if (size < REQUEST_MIN)
		die("no HTTP request has %zu bytes", size);
	if (size > 4096)
		used = snprintf(line, sizeof(line), "POST /form HTTP/1.1\r\nHost: a.example\r\n"
				"Content-Length: %zu\r\n", size - head);
	else
		used = snprintf(line, sizeof(line), "GET / HTTP/1.1\r\nHost: a.example\r\n");
	memcpy(buf, line, used);
	used = add_fields(buf, used, head - 8);
	used = add_cookie(buf, used, head - 2 - used);
	memcpy(buf + used, "\r\n", 2);
	memset(buf + head, 'b', size - head);
}
