// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clocks for scripts: the library that require('time') gives.
 */
#include <linux/timekeeping.h>

#include "lua.h"
#include "lauxlib.h"
#include "lua_ulp.h"

/* time.monotonic(): nanoseconds since some moment, never fewer than before. */
static int time_monotonic(lua_State *L)
{
	lua_pushinteger(L, ktime_get_ns());
	return 1;
}

/* time.wall(): seconds since 1970, and the nanoseconds since the last one. */
static int time_wall(lua_State *L)
{
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	lua_pushinteger(L, now.tv_sec);
	lua_pushinteger(L, now.tv_nsec);
	return 2;
}

/**
 * lua_time_open - open the library
 * @L: state, in a protected call
 *
 * Return: 1, the library's table
 */
int lua_time_open(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "monotonic", time_monotonic },
		{ "wall", time_wall },
		{ }
	};

	luaL_newlib(L, functions);
	return 1;
}
