// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a state. Every block of it comes from here, is charged to the
 * memory cgroup of the task that runs the script, and counts with what is taken
 * from the system for it.
 *
 * Small blocks lie in the pages of the arena, which count as a whole. A large one is
 * a slab object or mapped, knows what it takes, so that one which could not be shrunk
 * still counts right, and is linked, so that a state can end without a look at what is
 * in it. Which of both a block is, or whether an image has it, can be seen from its
 * address.
 */
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "klua.h"

/* larger blocks are mapped */
#define SLAB_MAX	((size_t)PAGE_SIZE * 2)

/* A sandbox takes that much from its pool at once, so that those on different
 * CPUs seldom meet there.
 */
#define POOL_SHARE	((size_t)SZ_4K)

/* what a block is aligned to in the arena, and is not elsewhere */
#define ARENA_ALIGN	16

struct large {
	struct list_head list;
	size_t size;
#if BITS_PER_LONG == 32
	u8 unused[12];	/* off ARENA_ALIGN */
#endif
	u8 data[] __aligned(8);
};

static_assert(offsetof(struct large, data) % ARENA_ALIGN);

/*
 * KASAN knows slab objects, and nothing of what is in a page: with it, each block is
 * a large one, whose end, and whose use after it was freed, KASAN sees.
 */
static bool is_small(size_t size)
{
	return !IS_ENABLED(CONFIG_KASAN) && size <= KLUA_SMALL_MAX;
}

static bool in_arena(const void *block)
{
	return !IS_ENABLED(CONFIG_KASAN) && IS_ALIGNED((unsigned long)block, ARENA_ALIGN);
}

static struct large *large_of(void *block)
{
	return container_of(block, struct large, data);
}

/*
 * What a large block for @size bytes will take. Headers that small blocks have only for
 * KASAN do not count: a script is to end there as it ends elsewhere.
 */
static size_t size_needed(size_t size)
{
	if (!IS_ENABLED(CONFIG_KASAN))
		size += sizeof(struct large);
	return size <= SLAB_MAX ? kmalloc_size_roundup(size) : PAGE_ALIGN(size);
}

/* What to ask for: all of it, so that the block can grow; KASAN shall know the end. */
static size_t room_for(size_t size)
{
	return IS_ENABLED(CONFIG_KASAN) ? size + sizeof(struct large) : size_needed(size);
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
static bool over_limit(struct klua *klua, size_t more)
{
	size_t max = klua->limits.max_memory;

	if (more <= max && klua->memory <= max - more)
		return false;
	klua->refused_by = KLUA_LIMIT;
	return true;
}

/* @more bytes, out of what the pool has given or will give. */
static bool over_pool(struct klua *klua, size_t more)
{
	struct klua_pool *pool = klua->limits.pool;
	size_t need = klua->memory + more, share;

	if (!pool || need <= klua->pooled)
		return false;
	share = ALIGN(need, POOL_SHARE) - klua->pooled;
	if (atomic_long_add_return(share, &pool->used) > READ_ONCE(pool->max)) {
		atomic_long_sub(share, &pool->used);
		klua->refused_by = KLUA_POOL;
		return true;
	}
	klua->pooled += share;
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
static void pool_leave(struct klua *klua)
{
	if (klua->pooled)
		atomic_long_sub(klua->pooled, &klua->limits.pool->used);
	klua->pooled = 0;
}

static void *refused_by_system(struct klua *klua)
{
	klua->refused_by = KLUA_SYSTEM;
	return NULL;
}

/* May the state take @more bytes from the system? */
static bool may_take(struct klua *klua, size_t more)
{
	return !over_limit(klua, more) && !over_pool(klua, more);
}

static void count_taken(struct klua *klua, size_t size)
{
	klua->memory += size;
	note_peak(klua);
}

static void count_returned(struct klua *klua, size_t size)
{
	klua->memory -= size;
	pool_give(klua);
}

static void *large_new(struct klua *klua, size_t size)
{
	size_t need = size_needed(size), get = room_for(size);
	struct large *large;

	if (!may_take(klua, need))
		return NULL;
	large = get <= SLAB_MAX ? kmalloc(get, GFP_KLUA) : __vmalloc(get, GFP_KLUA);
	if (!large)
		return refused_by_system(klua);
	large->size = need;
	list_add(&large->list, &klua->large);
	count_taken(klua, need);
	return large->data;
}

static void large_free(struct klua *klua, struct large *large)
{
	size_t size = large->size;

	list_del(&large->list);
	kvfree(large);
	count_returned(klua, size);
}

/* Is a large block one for @size bytes? */
static bool large_resize(void *block, size_t size)
{
	return !IS_ENABLED(CONFIG_KASAN) && !is_small(size) &&
	       size_needed(size) == large_of(block)->size;
}

static struct klua_page *page_new(struct klua *klua)
{
	struct klua_page *page;

	if (!may_take(klua, KLUA_PAGE_SIZE))
		return NULL;
	/* aligned to its size, as that is a power of two */
	page = kmalloc(KLUA_PAGE_SIZE, GFP_KLUA);
	if (!page)
		return refused_by_system(klua);
	count_taken(klua, KLUA_PAGE_SIZE);
	return page;
}

static void page_free(struct klua *klua, struct klua_page *page)
{
	kfree(page);
	count_returned(klua, KLUA_PAGE_SIZE);
}

static void *small_new(struct klua *klua, size_t size)
{
	void *block = klua_arena_take(&klua->arena, size);
	struct klua_page *page;

	if (block)
		return block;
	page = page_new(klua);
	if (!page)
		return NULL;
	klua_arena_add(&klua->arena, page);
	return klua_arena_take(&klua->arena, size);
}

static void *block_new(struct klua *klua, size_t size)
{
	void *block;

	if (must_fail(klua))
		return refused_by_system(klua);
	block = is_small(size) ? small_new(klua, size) : large_new(klua, size);
	/* whoever asks for memory goes on to fill it, byte for byte */
	if (block)
		klua->meter.left -= 4 + size / 16;
	return block;
}

static void block_free(struct klua *klua, void *block, size_t size)
{
	struct klua_page *page;

	if (!in_arena(block)) {
		large_free(klua, large_of(block));
		return;
	}
	page = klua_arena_give(&klua->arena, block, size);
	if (page)
		page_free(klua, page);
}

static bool block_resize(struct klua *klua, void *block, size_t from, size_t to)
{
	return in_arena(block) ? klua_arena_resize(&klua->arena, block, from, to) :
				 large_resize(block, to);
}

static void *block_move(struct klua *klua, void *old, size_t from, size_t to)
{
	void *new = block_new(klua, to);

	if (!new)
		return to <= from ? old : NULL;
	memcpy(new, old, min(from, to));
	block_free(klua, old, from);
	return new;
}

/* Lua's allocator: @osize is the size that Lua asked for @ptr, or a type if none. */
void *klua_alloc(void *ud, void *ptr, size_t osize, size_t nsize)
{
	struct klua *klua = ud;

	/* with 32 bits, what is needed for it could wrap */
	if (nsize > SIZE_MAX / 2) {
		klua->refused_by = KLUA_LIMIT;
		return NULL;
	}
	if (!ptr)
		return nsize ? block_new(klua, nsize) : NULL;
	if (!nsize) {
		block_free(klua, ptr, osize);
		return NULL;
	}
	if (block_resize(klua, ptr, osize, nsize))
		return ptr;
	return block_move(klua, ptr, osize, nsize);
}

/* What must be copied for @block: its page, or itself. */
void *klua_piece_of(void *block)
{
	return in_arena(block) ? klua_page_of(block) : block;
}

/* The first @size bytes of a piece of another state, for this one. */
void *klua_piece_copy(struct klua *klua, const void *piece, size_t size)
{
	void *copy;

	if (must_fail(klua))
		return refused_by_system(klua);
	copy = in_arena(piece) ? page_new(klua) : large_new(klua, size);
	if (!copy)
		return NULL;
	memcpy(copy, piece, size);
	if (in_arena(piece))
		klua_arena_adopt(&klua->arena, copy);
	return copy;
}

void klua_memory_init(struct klua *klua)
{
	INIT_LIST_HEAD(&klua->large);
}

/* The sandbox ends: all blocks go, whatever is in them. */
void klua_memory_drop(struct klua *klua)
{
	struct klua_page *page;
	struct large *large, *next;

	while ((page = klua_arena_drop(&klua->arena)))
		kfree(page);
	list_for_each_entry_safe(large, next, &klua->large, list)
		kvfree(large);
	pool_leave(klua);
}
