/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inside of a sandbox, and the map of this folder:
 *
 *	sandbox.c	a sandbox's life, and the doors into Lua
 *	alloc.c		memory: the cap, and what is really taken from the system
 *	arena.c		small blocks, in pages that belong to the state
 *	budget.c	instructions: the meter, and what happens when it runs out
 *	hash.c		random numbers, and keys that hide addresses
 *	stack.c		C stack: the bytes that are left, and when to stop
 *	image.c		sandboxes that begin as a copy of another
 *	chunk.c		scripts: text to a chunk that any sandbox can run
 *	env.c		what a script can call
 *	math.c		the math library, for integers
 *	format.c	the formats that Lua prints with
 *	exports.c	the API for modules
 *	setjmp_*.S	how an error leaves C functions
 *	include/	the C library and the configuration that Lua is compiled with
 *	import		which sources of Lua there are, and the edits to them
 *	lua/		Lua, as that writes it
 *	*_test.c	KUnit: klua_test.c the limits, image_test.c copies, hostile_test.c
 *			the scripts of hostile/
 *
 * A sandbox is used by one task at a time: its owner's lock (for a socket, the
 * socket's) guards every field.
 */
#ifndef _KLUA_H
#define _KLUA_H

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/lua.h>
#include <linux/siphash.h>
#include <linux/sizes.h>

#include "lua.h"

#define KLUA_ERROR_SIZE	256
#define KLUA_WHERE_SIZE	(LUA_IDSIZE + 16)

/* fail, rather than have the OOM killer look for a victim */
#define GFP_KLUA	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

struct klua_page;

/* What the arena needs at once; and what is larger than the rest of it is its own. */
#define KLUA_PAGE_SIZE	((size_t)SZ_4K)
#define KLUA_SMALL_MAX	(KLUA_PAGE_SIZE - 64)
#define KLUA_ARENA_ROOMS	((unsigned int)BITS_PER_LONG)

/* @pages by their room, @rooms: a bit for each list but the first that is not empty;
 * @unused: the page that has no block
 */
struct klua_arena {
	unsigned long rooms;
	struct klua_page *unused;
	struct hlist_head pages[KLUA_ARENA_ROOMS + 1];
};

/* Who refuses memory */
enum klua_source { KLUA_SYSTEM, KLUA_LIMIT, KLUA_POOL };

struct klua {
	/* what Lua's sources charge; first, as they know only this much */
	struct klua_meter meter;

	/* budget.c: what there was, what is not in the meter yet, and why all ended */
	u64 units;
	u64 budget;
	int stopped;

	/* what the last call took */
	u64 used;

	/* an error is on its way out of a coroutine and has its message */
	bool rethrown;

	/* alloc.c: small blocks, the others, what all take, what the pool gave for
	 * them, and who refused the last one that was refused
	 */
	struct klua_arena arena;
	struct list_head large;
	size_t memory;
	size_t pooled;
	enum klua_source refused_by;

	/* hash.c: the key of hashes of pointers */
	siphash_key_t secret;

	/* image.c: from which it was made, and the chunk whose function is ready */
	struct klua_image *image;
	const struct klua_chunk *main;

	/* sandbox.c */
	bool busy;
	struct klua_limits limits;
	lua_State *L;
	void *priv;
	klua_print_t print;
	const struct klua_lib *libs;
	char error[KLUA_ERROR_SIZE];

#if IS_ENABLED(CONFIG_LUA_KUNIT_TEST)
	/* number of the allocation, from now, that fails with all after it; 0: none */
	long fail_after;
	/* the most memory that was ever held */
	size_t peak;
#endif
};

/* alloc.c */
void *klua_alloc(void *ud, void *ptr, size_t osize, size_t nsize);
void *klua_piece_of(void *block);
void *klua_piece_copy(struct klua *klua, const void *piece, size_t size);
void klua_memory_init(struct klua *klua);
void klua_memory_drop(struct klua *klua);

/* arena.c */
static inline struct klua_page *klua_page_of(void *block)
{
	return (void *)ALIGN_DOWN((unsigned long)block, KLUA_PAGE_SIZE);
}

void *klua_arena_take(struct klua_arena *arena, size_t size);
void klua_arena_add(struct klua_arena *arena, struct klua_page *page);
void klua_arena_settle(struct klua_arena *arena);
void klua_arena_adopt(struct klua_arena *arena, struct klua_page *page);
struct klua_page *klua_arena_give(struct klua_arena *arena, void *block, size_t size);
bool klua_arena_resize(struct klua_arena *arena, void *block, size_t from, size_t to);
struct klua_page *klua_arena_drop(struct klua_arena *arena);

/* budget.c */
void klua_budget_start(struct klua *klua, u64 units);
void klua_budget_end(struct klua *klua);
void klua_where(lua_State *L, char *buf, size_t size);
void klua_rethrow(lua_State *L, lua_State *thread, int status);
void klua_set_error(struct klua *klua, lua_State *L, const char *fmt, ...)
	__printf(3, 4);

#if defined(CONFIG_KASAN_STACK) && defined(CONFIG_KASAN_GENERIC)
/* exported to modules for what the compiler emits; kasan_unpoison_*() are not */
void __asan_set_shadow_00(const void *addr, ssize_t size);
#endif

/* chunk.c */
void klua_push_chunk(lua_State *L, const struct klua_chunk *chunk);

/* stack.c */
bool klua_stack_enough(void);
void klua_stack_enter(struct klua *klua);

/* image.c */
bool klua_image_push_main(lua_State *L, const struct klua_chunk *chunk);

/* sandbox.c */
struct klua *klua_new(const struct klua_limits *limits, long fail_after);
int klua_call_unlimited(struct klua *klua, lua_CFunction fn, void *arg);

/* for tests */
struct klua *klua_create_failing(const struct klua_limits *limits, long fail_after);
struct klua *klua_create_from_failing(struct klua_image *image,
				      const struct klua_limits *limits, long fail_after);
void klua_fail_after(struct klua *klua, long n);

/* env.c */
int klua_open_env(lua_State *L);

#endif /* _KLUA_H */
