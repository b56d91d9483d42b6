/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LUA_HOST_SLAB_H
#define _LUA_HOST_SLAB_H

#include_next <linux/slab.h>
#include <linux/string.h>

static inline void *kmemdup(const void *from, size_t len, gfp_t gfp)
{
	void *copy = kmalloc(len, gfp);

	return copy ? memcpy(copy, from, len) : NULL;
}

static inline char *kstrndup(const char *text, size_t max, gfp_t gfp)
{
	size_t len = strnlen(text, max);
	char *copy = kmalloc(len + 1, gfp);

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

#endif
