/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lua as a library: sandboxed states for subsystems that want to be scriptable.
 *
 * A sandbox (struct klua) is one Lua state with limits on memory, on
 * instructions and on C stack.  Everything that can raise a Lua error runs
 * inside klua_call(), klua_call_on() or klua_resume(), the only doors into the
 * interpreter; klua_compile() and klua_run() are calls of the first.
 *
 * See Documentation/core-api/lua.rst.
 */
#ifndef _LINUX_LUA_H
#define _LINUX_LUA_H

#include <linux/atomic.h>
#include <linux/types.h>

struct klua;
struct klua_chunk;
struct klua_image;
struct lua_State;

/**
 * struct klua_pool - memory that several sandboxes have together
 * @used: bytes that they have taken, 4 KiB at a time
 * @max: bytes that they may take; can change at any time
 */
struct klua_pool {
	atomic_long_t used;
	unsigned long max;
};

/**
 * struct klua_limits - what a sandbox may use
 * @max_memory: bytes that are taken from the system, at any one time, for the
 *	blocks of the state
 * @max_instructions: units of work for one entry (klua_compile(), klua_run(),
 *	klua_call() or klua_resume()): VM instructions plus what C library loops
 *	are charged
 * @pool: memory that it shares with others, or NULL; outlives the sandbox
 */
struct klua_limits {
	size_t max_memory;
	u64 max_instructions;
	struct klua_pool *pool;
};

/**
 * typedef klua_print_t - takes a line that the script printed
 * @klua: the sandbox
 * @text: the line, without an end of line; any byte can be in it
 * @len: its length
 *
 * Context: Within a call on the sandbox; must not raise a Lua error.
 */
typedef void (*klua_print_t)(struct klua *klua, const char *text, size_t len);

/**
 * struct klua_lib - a library that require() finds
 * @name: what the script calls it
 * @open: of a library in C: called with the name, pushes the library and returns 1
 * @chunk: of a library in Lua, without @open: its main chunk, which returns the
 *	library; its argument is the name
 *
 * It is opened once in each sandbox, when the script first requires it, and what
 * that takes counts for the script.
 */
struct klua_lib {
	const char *name;
	int (*open)(struct lua_State *L);
	struct klua_chunk *chunk;
};

struct klua *klua_create(const struct klua_limits *limits);
void klua_free(struct klua *klua);

struct klua_chunk *klua_compile(struct klua *klua, const char *text, size_t len,
				const char *name);
void klua_chunk_free(struct klua_chunk *chunk);
size_t klua_chunk_size(const struct klua_chunk *chunk);
int klua_run(struct klua *klua, const struct klua_chunk *chunk);

struct klua_image *klua_image_new(struct klua *klua, const struct klua_chunk *chunk);
void klua_image_free(struct klua_image *image);
struct klua *klua_create_from(struct klua_image *image, const struct klua_limits *limits);

int klua_call(struct klua *klua, int (*fn)(struct lua_State *L), void *arg);
int klua_call_on(struct klua *klua, int (*fn)(struct lua_State *L), void *arg);
int klua_resume(struct klua *klua, struct lua_State *thread, int nargs);

const char *klua_error(const struct klua *klua);
size_t klua_memory(const struct klua *klua);
u64 klua_instructions(const struct klua *klua);
u64 klua_max_instructions(const struct klua *klua);
void klua_set_limits(struct klua *klua, const struct klua_limits *limits);

void klua_set_libs(struct klua *klua, const struct klua_lib *libs);
void klua_set_print(struct klua *klua, klua_print_t print);

struct klua *klua_of(struct lua_State *L);
void *klua_private(const struct klua *klua);
void klua_set_private(struct klua *klua, void *priv);
void klua_charge(struct lua_State *L, u64 units);

#endif /* _LINUX_LUA_H */
