// SPDX-License-Identifier: GPL-2.0
/*
 * What a script can call: Lua's base, coroutine, string, table and utf8
 * libraries, our math, and what its owner gave it to require(). Functions that
 * reach out of the sandbox are missing; those that could break it are replaced.
 */
#include <linux/array_size.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "klua.h"
#include "lauxlib.h"
#include "lobject.h"
#include "lualib.h"

/* A line for the sandbox's owner, its arguments separated by tabs. */
static int env_print(lua_State *L)
{
	struct klua *klua = klua_of(L);
	int n = lua_gettop(L);
	luaL_Buffer line;
	size_t len;
	const char *text;

	luaL_buffinit(L, &line);
	for (int i = 1; i <= n; i++) {
		if (i > 1)
			luaL_addchar(&line, '\t');
		luaL_tolstring(L, i, NULL);
		luaL_addvalue(&line);
	}
	luaL_pushresult(&line);
	text = lua_tolstring(L, -1, &len);
	if (klua->print)
		klua->print(klua, text, len);
	return 0;
}

/*
 * A finalizer runs when the collector likes it, on whose budget nobody can say,
 * and may be cut short. Upvalue 1 is Lua's setmetatable().
 */
static int env_setmetatable(lua_State *L)
{
	if (lua_istable(L, 2)) {
		lua_pushliteral(L, "__gc");
		if (lua_rawget(L, 2) != LUA_TNIL)
			return luaL_error(L, "'__gc' is not available");
		lua_pop(L, 1);
	}
	return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/*
 * Lua's load(), which is upvalue 1. It keeps the chunk's name, and reads it for each
 * error; that may be the whole text. So it gets what is shown of the name at most.
 */
static int env_load(lua_State *L)
{
	char shown[1 + LUA_IDSIZE] = "=";
	const char *text = lua_tostring(L, 1);
	size_t len, mode_len;
	const char *name = luaL_optlstring(L, 2, text ?: "=(load)", &len);

	/* the parser notices too late that an error handler has no room for it */
	if (klua_stack_low())
		return luaL_error(L, "C stack overflow");
	/* and what the parser needs to begin at all */
	luaL_optlstring(L, 3, "bt", &mode_len);
	klua_charge(L, 1000 + len / 4 + mode_len / 4);
	luaO_chunkid(shown + 1, name, LUA_IDSIZE);
	/* without an argument, let Lua say so */
	if (lua_gettop(L) == 1)
		lua_pushnil(L);
	if (lua_gettop(L) > 1) {
		lua_pushstring(L, shown);
		lua_replace(L, 2);
	}
	return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static int env_collectgarbage(lua_State *L)
{
	static const char *const options[] = { "collect", "count", "step", NULL };
	int kbytes;

	switch (luaL_checkoption(L, 1, "collect", options)) {
	case 0:
		lua_gc(L, LUA_GCCOLLECT, 0);
		lua_pushinteger(L, 0);
		return 1;
	case 1:
		lua_pushinteger(L, lua_gc(L, LUA_GCCOUNT, 0));
		return 1;
	default:
		kbytes = clamp_t(lua_Integer, luaL_optinteger(L, 2, 0), 0, INT_MAX);
		lua_pushboolean(L, lua_gc(L, LUA_GCSTEP, kbytes));
		return 1;
	}
}

static const struct klua_lib *find_library(const struct klua *klua, const char *name)
{
	const struct klua_lib *lib = klua->libs;

	while (lib && lib->name && strcmp(lib->name, name))
		lib++;
	return lib && lib->name ? lib : NULL;
}

/* Opened libraries are in the registry, which no script can reach. */
static int env_require(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);
	const struct klua_lib *lib;

	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
	if (lua_getfield(L, -1, name) != LUA_TNIL)
		return 1;
	lua_pop(L, 1);
	lib = find_library(klua_of(L), name);
	if (!lib)
		return luaL_error(L, "module '%s' not found", name);
	if (lib->open)
		lua_pushcfunction(L, lib->open);
	else
		klua_push_chunk(L, lib->chunk);
	lua_pushstring(L, name);
	lua_call(L, 1, 1);
	lua_pushvalue(L, -1);
	lua_setfield(L, -3, name);
	return 1;
}

static const luaL_Reg replaced[] = {
	{ "collectgarbage", env_collectgarbage },
	{ "print", env_print },
	{ "require", env_require },
	{ }
};

static const luaL_Reg libraries[] = {
	{ "_G", luaopen_base },
	{ LUA_COLIBNAME, luaopen_coroutine },
	{ LUA_MATHLIBNAME, luaopen_math },
	{ LUA_STRLIBNAME, luaopen_string },
	{ LUA_TABLIBNAME, luaopen_table },
	{ LUA_UTF8LIBNAME, luaopen_utf8 },
};

static void remove_field(lua_State *L, const char *name)
{
	lua_pushnil(L);
	lua_setfield(L, -2, name);
}

/* Lua's function becomes upvalue 1 of ours. */
static void wrap(lua_State *L, const char *name, lua_CFunction fn)
{
	lua_getfield(L, -1, name);
	lua_pushcclosure(L, fn, 1);
	lua_setfield(L, -2, name);
}

/*
 * What Lua says where it cannot raise an error: in a thread that is not the one
 * that runs, or when no handler is left. It is looked up, and must not need memory:
 * running out of it there would raise an error in the wrong thread.
 */
static const char *const ready[] = {
	"error in error handling",
	"cannot resume non-suspended coroutine",
	"cannot resume dead coroutine",
	"C stack overflow",
};

static void keep_ready(lua_State *L)
{
	lua_createtable(L, ARRAY_SIZE(ready), 0);
	for (int i = 0; i < ARRAY_SIZE(ready); i++) {
		lua_pushstring(L, ready[i]);
		lua_rawseti(L, -2, i + 1);
	}
	lua_rawsetp(L, LUA_REGISTRYINDEX, ready);
}

/* Called in klua_call() when a sandbox is made. */
int klua_open_env(lua_State *L)
{
	keep_ready(L);
	for (int i = 0; i < ARRAY_SIZE(libraries); i++) {
		luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
		lua_pop(L, 1);
	}

	lua_pushglobaltable(L);
	luaL_setfuncs(L, replaced, 0);
	wrap(L, "setmetatable", env_setmetatable);
	wrap(L, "load", env_load);
	remove_field(L, "dofile");
	remove_field(L, "loadfile");

	lua_getfield(L, -1, LUA_STRLIBNAME);
	remove_field(L, "dump");
	return 0;
}
