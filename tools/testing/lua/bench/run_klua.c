// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a script in lib/lua's Lua, as a sandbox would, on the C library's memory:
 * what is counted is Lua.
 */
#include "klua.h"
#include "bench.h"
#include "lauxlib.h"

static struct klua klua;

/* Lua's allocator; it charges as klua_alloc() does. */
static void *bench_alloc(void *ud, void *ptr, size_t osize, size_t nsize)
{
	if (nsize && (!ptr || nsize > osize))
		klua.meter.left -= 4 + nsize / 16;
	return bench_realloc(ptr, nsize);
}

int bench_start(const char *text, size_t len)
{
	klua.limits.max_memory = SIZE_MAX;
	klua.L = lua_newstate(bench_alloc, &klua);
	*(struct klua **)lua_getextraspace(klua.L) = &klua;
	klua_budget_start(&klua, U64_MAX / 2);
	klua_stack_enter(&klua);
	lua_pushcfunction(klua.L, klua_open_env);
	return lua_pcall(klua.L, 0, 0, 0) ?:
	       luaL_loadbufferx(klua.L, text, len, "=bench", "t");
}

int bench_run(void)
{
	return lua_pcall(klua.L, 0, 0, 0);
}

/* Units that bench_run() took. */
unsigned long long bench_units(void)
{
	return U64_MAX / 2 - klua.budget - klua.meter.left;
}

const char *bench_error(void)
{
	return klua.error[0] ? klua.error : lua_tostring(klua.L, -1);
}
