// SPDX-License-Identifier: GPL-2.0
/*
 * The same script in the server, run by liblua5.3. Its data is a string: that is what
 * one would give it there, and cheaper than an object. d:segment() makes a string.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "bench.h"

struct user_lua {
	lua_State *L;
	int process;
};

static int segment(lua_State *L)
{
	size_t len;
	const char *s = luaL_checklstring(L, 1, &len);
	lua_Integer offset = luaL_optinteger(L, 2, 0);
	lua_Integer n = luaL_optinteger(L, 3, len);

	if (offset < 0 || n < 0 || offset > (lua_Integer)len)
		return 0;
	if (n > (lua_Integer)len - offset)
		n = len - offset;
	lua_pushlstring(L, s + offset, n);
	return 1;
}

struct user_lua *user_lua_open(const char *path)
{
	struct user_lua *lua = malloc(sizeof(*lua));
	static const char *path_of_text;
	static char *text;
	static size_t len;

	/* A server that makes states all the time would keep the text, too. */
	if (path_of_text != path) {
		free(text);
		text = read_text(path, &len);
		path_of_text = path;
	}
	if (!lua || !(lua->L = luaL_newstate()))
		die("Lua");
	luaL_openlibs(lua->L);
	lua_getglobal(lua->L, "string");
	lua_pushcfunction(lua->L, segment);
	lua_setfield(lua->L, -2, "segment");
	lua_pop(lua->L, 1);
	if (luaL_loadbuffer(lua->L, text, len, path) || lua_pcall(lua->L, 0, 0, 0)) {
		errno = EINVAL;
		die("%s", lua_tostring(lua->L, -1));
	}
	lua_getglobal(lua->L, "process");
	lua->process = luaL_ref(lua->L, LUA_REGISTRYINDEX);
	return lua;
}

bool user_lua_judge(struct user_lua *lua, const char *buf, size_t len)
{
	bool passed;

	lua_rawgeti(lua->L, LUA_REGISTRYINDEX, lua->process);
	lua_pushlstring(lua->L, buf, len);
	lua_pushinteger(lua->L, len);
	lua_pushboolean(lua->L, 0);
	if (lua_pcall(lua->L, 3, 1, 0)) {
		errno = EINVAL;
		die("%s", lua_tostring(lua->L, -1));
	}
	passed = lua_toboolean(lua->L, -1);
	lua_pop(lua->L, 1);
	return passed;
}

void user_lua_close(struct user_lua *lua)
{
	lua_close(lua->L);
	free(lua);
}
