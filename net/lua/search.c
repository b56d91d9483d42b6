// SPDX-License-Identifier: GPL-2.0-only
/*
 * Searching in data objects.
 *
 * A text is looked for where the bytes lie. Patterns are for Lua's own matcher,
 * which knows strings only: so the object keeps a copy of its bytes, which serves
 * all searches until something is written. The functions of the string library
 * are kept here; what a script does to that library changes nothing.
 */
#include <linux/lua.h>

#include "lua.h"
#include "lauxlib.h"
#include "lua_ulp.h"

#define WINDOW	128

/* Functions of the string library, in a table whose key in the registry is the
 * address of their names.
 */
enum { FIND, MATCH, GMATCH };

static const char *const functions[] = { "find", "match", "gmatch" };

/* In the place of the object at 1 */
static void put_copy(lua_State *L)
{
	const struct lua_env *env = klua_private(klua_of(L));
	struct lua_data *data = lua_data_check(L, 1);

	if (data->copied != env->writes + 1 ||
	    lua_data_kept(L, 1, LUA_DATA_COPY) != LUA_TSTRING ||
	    lua_rawlen(L, -1) != data->len) {
		lua_data_push_string(L, data, 0, data->len);
		lua_pushvalue(L, -1);
		lua_data_keep(L, 1, LUA_DATA_COPY);
		data->copied = env->writes + 1;
	}
	lua_replace(L, 1);
}

/* A function of the string library, on the copy */
static int search_copy(lua_State *L, int which)
{
	int args = max(lua_gettop(L), 1);
	lua_CFunction function;

	put_copy(L);
	lua_rawgetp(L, LUA_REGISTRYINDEX, functions);
	lua_rawgeti(L, -1, which + 1);
	function = lua_tocfunction(L, -1);
	lua_settop(L, args);
	return function(L);
}

/* Does a pattern stand for itself? */
static bool is_text(const char *pattern, size_t len)
{
	while (len--) {
		if (*pattern && strchr("^$*+?.([%-", *pattern))
			return false;
		pattern++;
	}
	return true;
}

/* Offset of the first such text at @at or after it, or -1 */
static s64 find_text(lua_State *L, const struct lua_data *data, size_t at,
		     const char *text, size_t len)
{
	u8 window[WINDOW], *seen;
	size_t n;

	if (!len)
		return at;
	for (; at + len <= data->len; at += n) {
		n = min_t(size_t, data->len - len + 1 - at, WINDOW);
		lua_data_read(L, data, at, window, n);
		seen = memchr(window, text[0], n);
		while (seen) {
			if (lua_data_has(L, data, at + (seen - window), text, len))
				return at + (seen - window);
			seen++;
			seen = memchr(seen, text[0], window + n - seen);
		}
	}
	return -1;
}

/**
 * lua_search_find - d:find(pattern [, init [, plain]]), as string.find() has it
 * @L: state
 *
 * Return: how many results there are
 */
int lua_search_find(lua_State *L)
{
	const struct lua_data *data = lua_data_check(L, 1);
	size_t len;
	const char *pattern = luaL_checklstring(L, 2, &len);
	s64 init = lua_data_position(luaL_optinteger(L, 3, 1), data);
	s64 at = -1;

	klua_charge(L, len);
	if (!lua_toboolean(L, 4) && !is_text(pattern, len))
		return search_copy(L, FIND);
	init = max(init, 1LL);
	if (init <= (s64)data->len + 1)
		at = find_text(L, data, init - 1, pattern, len);
	if (at < 0) {
		lua_pushnil(L);
		return 1;
	}
	lua_pushinteger(L, at + 1);
	lua_pushinteger(L, at + len);
	return 2;
}

/**
 * lua_search_match - d:match(pattern [, init]), as string.match() has it
 * @L: state
 *
 * Return: how many results there are
 */
int lua_search_match(lua_State *L)
{
	return search_copy(L, MATCH);
}

/**
 * lua_search_gmatch - d:gmatch(pattern), as string.gmatch() has it
 * @L: state
 *
 * Return: 1, the iterator
 */
int lua_search_gmatch(lua_State *L)
{
	return search_copy(L, GMATCH);
}

/**
 * lua_search_open - keep the functions that search
 * @L: state, in a protected call, before any script has run
 */
void lua_search_open(lua_State *L)
{
	int i;

	lua_createtable(L, ARRAY_SIZE(functions), 0);
	lua_getglobal(L, "string");
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		lua_getfield(L, -1, functions[i]);
		lua_rawseti(L, -3, i + 1);
	}
	lua_pop(L, 1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, functions);
}
