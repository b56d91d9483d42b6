// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a script in Lua as PUC-Rio wrote it.
 */
#include <stddef.h>
#include "bench.h"
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

static lua_State *L;

static void *bench_alloc(void *ud, void *ptr, size_t osize, size_t nsize)
{
	return bench_realloc(ptr, nsize);
}

int bench_start(const char *text, size_t len)
{
	L = lua_newstate(bench_alloc, NULL);
	luaL_requiref(L, "_G", luaopen_base, 1);
	luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
	luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 1);
	luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 1);
	luaL_requiref(L, LUA_COLIBNAME, luaopen_coroutine, 1);
	lua_settop(L, 0);
	return luaL_loadbufferx(L, text, len, "=bench", "t");
}

int bench_run(void)
{
	return lua_pcall(L, 0, 0, 0);
}

unsigned long long bench_units(void)
{
	return 0;
}

const char *bench_error(void)
{
	return lua_tostring(L, -1);
}
