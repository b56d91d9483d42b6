// SPDX-License-Identifier: GPL-2.0
/*
 * What lib/lua prints: text for scripts, and that something is wrong.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include <klua_host.h>

/* the host's */
#undef snprintf
#undef vsnprintf

/* Scripts see no addresses; this differs from run to run, as in the kernel. */
static unsigned int hash_of(const void *address)
{
	static u64 key;

	key = key ?: klua_host_random() | 1;
	return (klua_host_hash(address) * key) >> 32;
}

static int print_address(char *buf, size_t size, int family, const void *address)
{
	char text[INET6_ADDRSTRLEN];

	return snprintf(buf, size, "%s", inet_ntop(family, address, text, sizeof(text)));
}

/* A pointer is printed alone; most of the kernel's kinds of "%p" are not there. */
int klua_host_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	if (!strcmp(fmt, "%p"))
		return snprintf(buf, size, "%016x", hash_of(va_arg(args, void *)));
	if (!strcmp(fmt, "%pI4"))
		return print_address(buf, size, AF_INET, va_arg(args, void *));
	if (!strcmp(fmt, "%pI6c"))
		return print_address(buf, size, AF_INET6, va_arg(args, void *));
	if (strstr(fmt, "%p"))
		klua_host_bug(__FILE__, __LINE__);
	return vsnprintf(buf, size, fmt, args);
}

int klua_host_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = klua_host_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

void klua_host_strscpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size - 1);

	memcpy(dst, src, len);
	dst[len] = '\0';
}

void klua_host_bug(const char *file, int line)
{
	fprintf(stderr, "BUG at %s:%d\n", file, line);
	abort();
}
