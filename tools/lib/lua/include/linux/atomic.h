/* SPDX-License-Identifier: GPL-2.0 */
/* Here is one thread. */
#ifndef _KLUA_HOST_LINUX_ATOMIC_H
#define _KLUA_HOST_LINUX_ATOMIC_H

#include <linux/types.h>

static inline long atomic_long_read(const atomic_long_t *v)
{
	return v->counter;
}

static inline long atomic_long_add_return(long n, atomic_long_t *v)
{
	return v->counter += n;
}

static inline void atomic_long_sub(long n, atomic_long_t *v)
{
	v->counter -= n;
}

#endif
