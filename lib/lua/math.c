// SPDX-License-Identifier: GPL-2.0
/*
 * The math library, for integers. What makes sense for floats only is an error
 * that says so, when it is looked up.
 */
#include <linux/array_size.h>
#include <linux/bitops.h>
#include <linux/random.h>
#include <linux/string.h>

#include "klua.h"
#include "lauxlib.h"
#include "lualib.h"

static int math_abs(lua_State *L)
{
	lua_Integer n = luaL_checkinteger(L, 1);

	/* as in Lua, the smallest integer is its own absolute value */
	lua_pushinteger(L, n < 0 ? (lua_Integer)(0ULL - n) : n);
	return 1;
}

/* floor() and ceil(): of an integer, itself */
static int math_round(lua_State *L)
{
	lua_pushinteger(L, luaL_checkinteger(L, 1));
	return 1;
}

/* One function for each name: errors find the name by the function. */
static int math_ceil(lua_State *L)
{
	return math_round(L);
}

static int math_floor(lua_State *L)
{
	return math_round(L);
}

/* The remainder of a division that rounds towards zero, unlike '%'. */
static int math_fmod(lua_State *L)
{
	/* Lua looks at the second one first */
	lua_Integer n = luaL_checkinteger(L, 2);
	lua_Integer m = luaL_checkinteger(L, 1);

	luaL_argcheck(L, n != 0, 2, "zero");
	/* the processor traps on the smallest integer by -1 */
	lua_pushinteger(L, n == -1 ? 0 : luai_remainder(m, n));
	return 1;
}

/* By '<', as in Lua: texts have a greatest, too, and numbers in them stay text. */
static int extreme(lua_State *L, bool max)
{
	int n = lua_gettop(L);
	int best = 1;

	luaL_argcheck(L, n >= 1, 1, "value expected");
	for (int i = 2; i <= n; i++) {
		if (max ? lua_compare(L, best, i, LUA_OPLT) : lua_compare(L, i, best, LUA_OPLT))
			best = i;
	}
	lua_pushvalue(L, best);
	return 1;
}

static int math_max(lua_State *L)
{
	return extreme(L, true);
}

static int math_min(lua_State *L)
{
	return extreme(L, false);
}

/* A random number from 0 to @max, every one as likely. */
static u64 random_upto(u64 max)
{
	u64 mask = max ? GENMASK_ULL(fls64(max) - 1, 0) : 0;
	u64 value;

	do {
		value = get_random_u64() & mask;
	} while (value > max);
	return value;
}

static int math_random(lua_State *L)
{
	lua_Integer low = 1, high;

	switch (lua_gettop(L)) {
	case 1:
		high = luaL_checkinteger(L, 1);
		break;
	case 2:
		low = luaL_checkinteger(L, 1);
		high = luaL_checkinteger(L, 2);
		break;
	default:
		return luaL_error(L, "wrong number of arguments (numbers are integers; %s)",
				  "use math.random(m) or math.random(m, n)");
	}
	luaL_argcheck(L, low <= high, 1, "interval is empty");
	klua_charge(L, 8);
	lua_pushinteger(L, (u64)low + random_upto((u64)high - (u64)low));
	return 1;
}

static int math_tointeger(lua_State *L)
{
	lua_Integer n;
	int isnum;

	luaL_checkany(L, 1);
	n = lua_tointegerx(L, 1, &isnum);
	if (isnum)
		lua_pushinteger(L, n);
	else
		lua_pushnil(L);
	return 1;
}

static int math_type(lua_State *L)
{
	luaL_checkany(L, 1);
	if (lua_type(L, 1) == LUA_TNUMBER)
		lua_pushliteral(L, "integer");
	else
		lua_pushnil(L);
	return 1;
}

static int math_ult(lua_State *L)
{
	lua_Integer a = luaL_checkinteger(L, 1);
	lua_Integer b = luaL_checkinteger(L, 2);

	lua_pushboolean(L, (lua_Unsigned)a < (lua_Unsigned)b);
	return 1;
}

static const luaL_Reg functions[] = {
	{ "abs", math_abs },
	{ "ceil", math_ceil },
	{ "floor", math_floor },
	{ "fmod", math_fmod },
	{ "max", math_max },
	{ "min", math_min },
	{ "random", math_random },
	{ "tointeger", math_tointeger },
	{ "type", math_type },
	{ "ult", math_ult },
	{ }
};

static bool is_for_floats(const char *name)
{
	static const char * const names[] = {
		"acos", "asin", "atan", "cos", "deg", "exp", "huge", "log", "modf",
		"pi", "rad", "randomseed", "sin", "sqrt", "tan",
	};

	for (int i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

static int math_index(lua_State *L)
{
	const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";

	if (!strcmp(name, "randomseed"))
		return luaL_error(L, "'math.%s' is not available (%s)", name,
				  "the kernel's random numbers have no seed");
	if (is_for_floats(name))
		return luaL_error(L, "'math.%s' is not available (numbers are integers)", name);
	lua_pushnil(L);
	return 1;
}

int luaopen_math(lua_State *L)
{
	luaL_newlib(L, functions);
	lua_pushinteger(L, LUA_MAXINTEGER);
	lua_setfield(L, -2, "maxinteger");
	lua_pushinteger(L, LUA_MININTEGER);
	lua_setfield(L, -2, "mininteger");

	lua_createtable(L, 0, 2);
	lua_pushcfunction(L, math_index);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	return 1;
}
