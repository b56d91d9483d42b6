// SPDX-License-Identifier: GPL-2.0
/*
 * Small blocks. A state has hundreds of them, makes and frees them all the time, and
 * ends with all of them: they lie in pages that belong to the state, where one costs
 * a search in four words, and all go when their pages do.
 *
 * A page is cut in units, of which a bit each says whether it is free. So what is freed
 * next to free units is one piece with them, fit for blocks of any size, and a page
 * without blocks can go. A block is told by its size, which Lua keeps, and has no header.
 *
 * A row is the units of one word, and a block lies in one. A wide block needs more: it
 * gets a page that has no other block yet, where those come behind it.
 *
 * Each page is listed by the largest block in a row that it may have room for. A search
 * that fails lowers that, and only a block that is freed raises it: whatever a script
 * does, there are no more searches in vain than the sizes that one page can be listed by,
 * for each block that it frees.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/list.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "klua.h"

#define ROW_UNITS	KLUA_ARENA_ROOMS
/* A row has 1 KiB everywhere: the stack of a coroutine must not be a wide block. */
#define UNIT		(SZ_1K / ROW_UNITS)
#define ROWS		(KLUA_PAGE_SIZE / UNIT / ROW_UNITS)

/**
 * struct klua_page - the beginning of a page
 * @list: of the pages with the same @room
 * @free: a row of units in each word
 * @used: units of blocks
 * @room: no block in a row that has more units fits
 */
struct klua_page {
	struct hlist_node list;
	unsigned long free[ROWS];
	u16 used;
	u16 room;
};

#define HEAD_UNITS	DIV_ROUND_UP(sizeof(struct klua_page), UNIT)

static_assert(HEAD_UNITS * UNIT + KLUA_SMALL_MAX <= KLUA_PAGE_SIZE);

static unsigned int units_of(size_t size)
{
	return DIV_ROUND_UP(size, UNIT);
}

static unsigned long bits(unsigned int n)
{
	return ~0UL >> (ROW_UNITS - n);
}

static void list_page(struct klua_arena *arena, struct klua_page *page,
		      unsigned int room)
{
	page->room = room;
	hlist_add_head(&page->list, &arena->pages[room]);
	if (room)
		arena->rooms |= 1UL << (room - 1);
}

static void unlist_page(struct klua_arena *arena, struct klua_page *page)
{
	hlist_del(&page->list);
	if (page->room && hlist_empty(&arena->pages[page->room]))
		arena->rooms &= ~(1UL << (page->room - 1));
}

static void set_room(struct klua_arena *arena, struct klua_page *page,
		     unsigned int room)
{
	unlist_page(arena, page);
	list_page(arena, page, room);
}

/* Of the units of a row, those from which on @n are free. */
static unsigned long starts_in(unsigned long row, unsigned int n)
{
	unsigned int have, more;

	for (have = 1; have < n; have += more) {
		more = min(have, n - have);
		row &= row >> more;
	}
	return row;
}

static void *take_from(struct klua_page *page, unsigned int n)
{
	for (unsigned int row = 0; row < ROWS; row++) {
		unsigned long starts = page->free[row] ? starts_in(page->free[row], n) : 0;

		if (starts) {
			unsigned int at = __ffs(starts);

			page->free[row] &= ~(bits(n) << at);
			page->used += n;
			return (void *)page + (row * ROW_UNITS + at) * UNIT;
		}
	}
	return NULL;
}

/* The page with the least room that may be enough. */
static struct klua_page *page_for(const struct klua_arena *arena, unsigned int n)
{
	unsigned long enough = arena->rooms >> (n - 1);

	if (!enough)
		return NULL;
	return hlist_entry(arena->pages[n + __ffs(enough)].first, struct klua_page, list);
}

static void *take_in_row(struct klua_arena *arena, unsigned int n)
{
	struct klua_page *page;

	while ((page = page_for(arena, n))) {
		void *block = take_from(page, n);

		if (block) {
			if (page == arena->unused)
				arena->unused = NULL;
			return block;
		}
		set_room(arena, page, n - 1);
	}
	return NULL;
}

static void *take_wide(struct klua_arena *arena, unsigned int n)
{
	struct klua_page *page = arena->unused;

	if (!page)
		return NULL;
	arena->unused = NULL;
	page->used = n;
	n += HEAD_UNITS;
	for (unsigned int row = 0; n; row++) {
		unsigned int here = min(n, ROW_UNITS);

		page->free[row] &= ~bits(here);
		n -= here;
	}
	return (void *)page + HEAD_UNITS * UNIT;
}

/* A block of @size bytes, or NULL: a page must be added. */
void *klua_arena_take(struct klua_arena *arena, size_t size)
{
	unsigned int n = units_of(size);

	return n <= ROW_UNITS ? take_in_row(arena, n) : take_wide(arena, n);
}

/* @page is of KLUA_PAGE_SIZE, and aligned to it. */
void klua_arena_add(struct klua_arena *arena, struct klua_page *page)
{
	for (unsigned int row = 0; row < ROWS; row++)
		page->free[row] = ~0UL;
	page->free[0] &= ~bits(HEAD_UNITS);
	page->used = 0;
	arena->unused = page;
	list_page(arena, page, ROW_UNITS);
}

static bool has_room(const struct klua_page *page, unsigned int n)
{
	for (unsigned int row = 0; row < ROWS; row++) {
		if (starts_in(page->free[row], n))
			return true;
	}
	return false;
}

/* Finds the room that there really is, so that no copy searches for it in vain. */
void klua_arena_settle(struct klua_arena *arena)
{
	for (unsigned int room = ROW_UNITS; room; room--) {
		struct klua_page *page;
		struct hlist_node *next;

		hlist_for_each_entry_safe(page, next, &arena->pages[room], list) {
			if (!has_room(page, room))
				set_room(arena, page, room - 1);
		}
	}
}

/* @page is a copy of one of another arena. */
void klua_arena_adopt(struct klua_arena *arena, struct klua_page *page)
{
	list_page(arena, page, page->room);
}

/* How many units are free on both sides of @at, and there. */
static unsigned int free_around(unsigned long row, unsigned int at)
{
	unsigned long taken_above = ~row >> at;
	unsigned long taken_below = ~row & ((1UL << at) - 1);
	unsigned int end = taken_above ? at + __ffs(taken_above) : ROW_UNITS;
	unsigned int start = taken_below ? __fls(taken_below) + 1 : 0;

	return end - start;
}

/* Frees @n units from @unit on; returns the room that there is in the rows now. */
static unsigned int free_units(struct klua_page *page, unsigned int unit, unsigned int n)
{
	unsigned int room = 0;

	page->used -= n;
	while (n) {
		unsigned int at = unit % ROW_UNITS;
		unsigned int here = min(n, ROW_UNITS - at);
		unsigned long *row = &page->free[unit / ROW_UNITS];

		*row |= bits(here) << at;
		room = max(room, free_around(*row, at));
		unit += here;
		n -= here;
	}
	return room;
}

/*
 * Frees @size bytes at @block, which may be the end of a larger block. Returns a page
 * that is not needed any more, and that the arena has forgotten; or NULL. One page
 * without blocks stays, for a script that makes and frees the same block again and again.
 */
struct klua_page *klua_arena_give(struct klua_arena *arena, void *block, size_t size)
{
	struct klua_page *page = klua_page_of(block);
	unsigned int room = free_units(page, (block - (void *)page) / UNIT, units_of(size));

	if (!page->used && arena->unused) {
		unlist_page(arena, page);
		return page;
	}
	if (!page->used)
		arena->unused = page;
	if (room > page->room)
		set_room(arena, page, room);
	return NULL;
}

/* Is a block of @from bytes one for @to? Frees what it does not need. */
bool klua_arena_resize(struct klua_arena *arena, void *block, size_t from, size_t to)
{
	unsigned int had = units_of(from), need = units_of(to);

	if (need < had)
		klua_arena_give(arena, block + need * UNIT, (had - need) * UNIT);
	return need <= had;
}

/* Any page, which the arena forgets with all that is in it; or NULL. */
struct klua_page *klua_arena_drop(struct klua_arena *arena)
{
	unsigned int room = arena->rooms ? 1 + __ffs(arena->rooms) : 0;
	struct klua_page *page = hlist_entry_safe(arena->pages[room].first,
						  struct klua_page, list);

	if (page)
		unlist_page(arena, page);
	return page;
}
