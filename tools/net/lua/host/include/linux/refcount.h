/* SPDX-License-Identifier: GPL-2.0 */
/* Here is one thread. */
#ifndef _LUA_HOST_REFCOUNT_H
#define _LUA_HOST_REFCOUNT_H

#include <linux/types.h>

typedef struct { unsigned int count; } refcount_t;

static inline void refcount_set(refcount_t *ref, unsigned int n)
{
	ref->count = n;
}

static inline void refcount_inc(refcount_t *ref)
{
	ref->count++;
}

static inline bool refcount_dec_and_test(refcount_t *ref)
{
	return !--ref->count;
}

#endif
