/* SPDX-License-Identifier: GPL-2.0 */
/* Here is one thread. */
#ifndef _LUA_HOST_ATOMIC_H
#define _LUA_HOST_ATOMIC_H

#include_next <linux/atomic.h>

static inline int atomic_inc_return(atomic_t *v)
{
	return ++v->counter;
}

static inline void atomic_dec(atomic_t *v)
{
	v->counter--;
}

#define cmpxchg(at, old, new)	__sync_val_compare_and_swap(at, old, new)

#endif
