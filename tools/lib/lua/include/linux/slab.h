/* SPDX-License-Identifier: GPL-2.0 */
/* See slab.c. */
#ifndef _KLUA_HOST_SLAB_H
#define _KLUA_HOST_SLAB_H

#include <linux/gfp.h>
#include <linux/types.h>

void *kmalloc(size_t size, gfp_t gfp);
void kfree(const void *block);
size_t kmalloc_size_roundup(size_t size);
void *kvmalloc(size_t size, gfp_t gfp);
void kvfree(const void *block);

static inline void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}

static inline void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : kvmalloc(bytes, gfp);
}

static inline void *kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kvmalloc_array(n, size, gfp | __GFP_ZERO);
}

/* only kernels with default_gfp() have it */
#ifdef default_gfp
#define kzalloc_obj(obj, gfp)	kzalloc(sizeof(obj), (gfp))
#endif

#endif
