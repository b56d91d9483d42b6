// SPDX-License-Identifier: GPL-2.0
/*
 * Scripts. Text is compiled once, in any sandbox, to a chunk that every sandbox
 * can run: Lua's bytecode, which is not verified, and so is loaded from chunks
 * only. No way leads from a script, or from user space, to loading bytecode.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "klua.h"
#include "lauxlib.h"
#include "ldo.h"
#include "lobject.h"

struct klua_chunk {
	size_t size;
	u8 code[] __counted_by(size);
};

/* The mode under which bytecode loads: this array, not its contents. */
static const char trusted[] = "b";

void klua_check_binary(lua_State *L, const char *mode)
{
	if (mode == trusted)
		return;
	luaO_pushfstring(L, "attempt to load a binary chunk (only text is accepted)");
	luaD_throw(L, LUA_ERRSYNTAX);
}

struct compilation {
	const char *text;
	size_t len;
	const char *name;
	struct klua_chunk *chunk;
};

static int count_bytes(lua_State *L, const void *p, size_t size, void *ud)
{
	*(size_t *)ud += size;
	return 0;
}

static int store_bytes(lua_State *L, const void *p, size_t size, void *ud)
{
	struct compilation *c = ud;

	memcpy(c->chunk->code + c->chunk->size - c->len, p, size);
	c->len -= size;
	return 0;
}

static int compile(lua_State *L)
{
	struct compilation *c = lua_touserdata(L, 1);
	struct klua *klua = klua_of(L);
	size_t size = 0;
	int status;

	status = luaL_loadbufferx(L, c->text, c->len, c->name, "t");
	if (status)
		klua_rethrow(L, L, status);
	lua_dump(L, count_bytes, &size, 0);
	klua_charge(L, size / 4);
	if (size > klua->limits.max_memory) {
		klua->refused_by = KLUA_LIMIT;
		luaD_throw(L, LUA_ERRMEM);
	}

	c->chunk = kvmalloc(struct_size(c->chunk, code, size), GFP_KLUA);
	if (!c->chunk) {
		klua->refused_by = KLUA_SYSTEM;
		luaD_throw(L, LUA_ERRMEM);
	}
	c->chunk->size = size;
	c->len = size;
	lua_dump(L, store_bytes, c, 0);
	return 0;
}

/**
 * klua_compile() - Compile a script
 * @klua: the sandbox whose limits hold while it is compiled
 * @text: the script
 * @len: its length; it may contain anything, NUL bytes too
 * @name: what error messages call it: "=name" for a name, "@name" for a file,
 *	anything else is quoted as the script's own text
 *
 * Only text is accepted. The chunk belongs to the caller, does not change, and
 * outlives @klua. It takes no more memory than @klua may, but none of that.
 *
 * Context: Process context, with the lock that guards @klua; may sleep.
 * Return: The chunk, or the ERR_PTR() of an error as klua_call() returns them;
 * klua_error() has the message then.
 */
struct klua_chunk *klua_compile(struct klua *klua, const char *text, size_t len,
				const char *name)
{
	struct compilation c = { .text = text, .len = len, .name = name };
	int err = klua_call(klua, compile, &c);

	if (err) {
		kvfree(c.chunk);
		return ERR_PTR(err);
	}
	return c.chunk;
}
EXPORT_SYMBOL_GPL(klua_compile);

/**
 * klua_chunk_free() - Free a compiled script
 * @chunk: the script, or NULL, or an ERR_PTR()
 *
 * Context: Any but a hardware interrupt.
 */
void klua_chunk_free(struct klua_chunk *chunk)
{
	if (!IS_ERR(chunk))
		kvfree(chunk);
}
EXPORT_SYMBOL_GPL(klua_chunk_free);

/**
 * klua_chunk_size() - The memory that a compiled script takes
 * @chunk: the script
 *
 * Context: Any.
 * Return: Bytes.
 */
size_t klua_chunk_size(const struct klua_chunk *chunk)
{
	return struct_size(chunk, code, chunk->size);
}
EXPORT_SYMBOL_GPL(klua_chunk_size);

/* Pushes the main function, which has the globals of the state; or raises an error. */
void klua_push_chunk(lua_State *L, const struct klua_chunk *chunk)
{
	int status;

	status = luaL_loadbufferx(L, (const char *)chunk->code, chunk->size, "?", trusted);
	if (status)
		klua_rethrow(L, L, status);
}

static int run(lua_State *L)
{
	const struct klua_chunk *chunk = lua_touserdata(L, 1);

	if (!klua_image_push_main(L, chunk))
		klua_push_chunk(L, chunk);
	lua_call(L, 0, 0);
	return 0;
}

/**
 * klua_run() - Run a script's main chunk
 * @klua: the sandbox
 * @chunk: the script, compiled in this or in another sandbox
 *
 * What the script defines stays in the sandbox, for klua_call() to find.
 *
 * Context: Process context, with the lock that guards @klua; may sleep.
 * Return: 0, or an error as klua_call() returns them.
 */
int klua_run(struct klua *klua, const struct klua_chunk *chunk)
{
	return klua_call(klua, run, (void *)chunk);
}
EXPORT_SYMBOL_GPL(klua_run);
