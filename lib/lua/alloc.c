// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a state. Every block of it comes from here, is charged to the
 * memory cgroup of the task that runs the script, and counts with what it takes
 * from the system: a slab object's size, or whole pages.
 *
 * A block knows its own size, so that one which could not be shrunk, and is
 * larger than Lua thinks, is still counted right.
 */
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "klua.h"

#define GFP_KLUA	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN)

/* larger blocks are mapped, and begin with their size */
#define SLAB_MAX	((size_t)PAGE_SIZE * 2)

/* A sandbox takes that much from its pool at once, so that those on different
 * CPUs seldom meet there.
 */
#define POOL_SHARE	((size_t)SZ_4K)

struct mapped {
	size_t size;
	u8 data[] __aligned(16);
};

static size_t block_size(const void *block)
{
	if (is_vmalloc_addr(block))
		return container_of(block, struct mapped, data)->size;
	return ksize(block);
}

/* What a block for @size bytes will take. */
static size_t size_needed(size_t size)
{
	if (size <= SLAB_MAX)
		return kmalloc_size_roundup(size);
	return PAGE_ALIGN(size + sizeof(struct mapped));
}

static void *block_new(size_t size)
{
	struct mapped *mapped;

	/* fail, rather than have the OOM killer look for a victim */
	if (size <= SLAB_MAX)
		return kmalloc(size, GFP_KLUA | __GFP_RETRY_MAYFAIL);

	mapped = __vmalloc(size + sizeof(*mapped), GFP_KLUA | __GFP_RETRY_MAYFAIL);
	if (!mapped)
		return NULL;
	mapped->size = PAGE_ALIGN(size + sizeof(*mapped));
	return mapped->data;
}

static void block_free(void *block)
{
	if (is_vmalloc_addr(block))
		vfree(container_of(block, struct mapped, data));
	else
		kfree(block);
}

static bool must_fail(struct klua *klua)
{
#if IS_ENABLED(CONFIG_LUA_KUNIT_TEST)
	if (klua->fail_after > 0 && --klua->fail_after == 0)
		klua->fail_after = -1;
	return klua->fail_after < 0;
#else
	return false;
#endif
}

/* The most that was ever held, for tests. */
static void note_peak(struct klua *klua)
{
#if IS_ENABLED(CONFIG_LUA_KUNIT_TEST)
	klua->peak = max(klua->peak, klua->memory);
#endif
}

/* Both the old block and the new one exist while the contents move. */
static bool over_limit(struct klua *klua, size_t size)
{
	size_t max = klua->limits.max_memory;

	klua->capped = size > max || size_needed(size) > max ||
		       klua->memory > max - size_needed(size);
	return klua->capped;
}

/* @size more bytes, out of what the pool has given or will give. */
static bool over_pool(struct klua *klua, size_t size)
{
	struct klua_pool *pool = klua->limits.pool;
	size_t need = klua->memory + size_needed(size), more;

	klua->drained = false;
	if (!pool || need <= klua->pooled)
		return false;
	more = ALIGN(need, POOL_SHARE) - klua->pooled;
	if (atomic_long_add_return(more, &pool->used) > READ_ONCE(pool->max)) {
		atomic_long_sub(more, &pool->used);
		klua->drained = true;
		return true;
	}
	klua->pooled += more;
	return false;
}

/* Keep a share in hand for the next block, give back the others. */
static void pool_give(struct klua *klua)
{
	size_t keep = ALIGN(klua->memory, POOL_SHARE) + POOL_SHARE;

	if (klua->pooled <= keep)
		return;
	atomic_long_sub(klua->pooled - keep, &klua->limits.pool->used);
	klua->pooled = keep;
}

/* The sandbox ends. */
void klua_pool_leave(struct klua *klua)
{
	if (klua->pooled)
		atomic_long_sub(klua->pooled, &klua->limits.pool->used);
	klua->pooled = 0;
}

static void *resize_in_place(void *block, size_t size)
{
	if (is_vmalloc_addr(block))
		return block;
	/* never moves: the size class is the same. It tells KASAN. */
	return krealloc(block, size, GFP_KLUA) ?: block;
}

static void *block_move(struct klua *klua, void *old, size_t copy, size_t size)
{
	void *new;

	if (must_fail(klua) || over_limit(klua, size) || over_pool(klua, size))
		return NULL;
	new = block_new(size);
	if (!new)
		return NULL;
	klua->memory += block_size(new);
	note_peak(klua);
	/* whoever asks for memory goes on to fill it, byte for byte */
	klua->meter.left -= 4 + size / 16;
	if (old) {
		memcpy(new, old, copy);
		klua->memory -= block_size(old);
		block_free(old);
		pool_give(klua);
	}
	return new;
}

/* Lua's allocator: @osize is the size that Lua asked for @ptr, or a type if none. */
void *klua_alloc(void *ud, void *ptr, size_t osize, size_t nsize)
{
	struct klua *klua = ud;
	void *new;

	if (!nsize) {
		if (ptr) {
			klua->memory -= block_size(ptr);
			block_free(ptr);
			pool_give(klua);
		}
		return NULL;
	}

	if (!ptr)
		return block_move(klua, NULL, 0, nsize);
	if (size_needed(nsize) == block_size(ptr))
		return resize_in_place(ptr, nsize);
	new = block_move(klua, ptr, min(osize, nsize), nsize);
	if (!new && nsize <= osize)
		return ptr;
	return new;
}
