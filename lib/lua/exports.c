// SPDX-License-Identifier: GPL-2.0
/*
 * Lua's API, as far as modules use it that bind their objects to scripts. More may be
 * added, but not what would break a sandbox: allocators, hooks, states, ways to load.
 */
#include <linux/export.h>

#include "klua.h"
#include "lauxlib.h"

EXPORT_SYMBOL_GPL(lua_callk);
EXPORT_SYMBOL_GPL(lua_copy);
EXPORT_SYMBOL_GPL(lua_createtable);
EXPORT_SYMBOL_GPL(lua_getfield);
EXPORT_SYMBOL_GPL(lua_getglobal);
EXPORT_SYMBOL_GPL(lua_gettop);
EXPORT_SYMBOL_GPL(lua_getuservalue);
EXPORT_SYMBOL_GPL(lua_isinteger);
EXPORT_SYMBOL_GPL(lua_isuserdata);
EXPORT_SYMBOL_GPL(lua_isyieldable);
EXPORT_SYMBOL_GPL(lua_newthread);
EXPORT_SYMBOL_GPL(lua_newuserdata);
EXPORT_SYMBOL_GPL(lua_next);
EXPORT_SYMBOL_GPL(lua_pushboolean);
EXPORT_SYMBOL_GPL(lua_pushcclosure);
EXPORT_SYMBOL_GPL(lua_pushinteger);
EXPORT_SYMBOL_GPL(lua_pushlstring);
EXPORT_SYMBOL_GPL(lua_pushnil);
EXPORT_SYMBOL_GPL(lua_pushstring);
EXPORT_SYMBOL_GPL(lua_pushvalue);
EXPORT_SYMBOL_GPL(lua_rawequal);
EXPORT_SYMBOL_GPL(lua_rawget);
EXPORT_SYMBOL_GPL(lua_rawgeti);
EXPORT_SYMBOL_GPL(lua_rawgetp);
EXPORT_SYMBOL_GPL(lua_rawlen);
EXPORT_SYMBOL_GPL(lua_rawset);
EXPORT_SYMBOL_GPL(lua_rawseti);
EXPORT_SYMBOL_GPL(lua_rawsetp);
EXPORT_SYMBOL_GPL(lua_rotate);
EXPORT_SYMBOL_GPL(lua_setfield);
EXPORT_SYMBOL_GPL(lua_setglobal);
EXPORT_SYMBOL_GPL(lua_setmetatable);
EXPORT_SYMBOL_GPL(lua_settable);
EXPORT_SYMBOL_GPL(lua_settop);
EXPORT_SYMBOL_GPL(lua_setuservalue);
EXPORT_SYMBOL_GPL(lua_toboolean);
EXPORT_SYMBOL_GPL(lua_tocfunction);
EXPORT_SYMBOL_GPL(lua_tointegerx);
EXPORT_SYMBOL_GPL(lua_tolstring);
EXPORT_SYMBOL_GPL(lua_touserdata);
EXPORT_SYMBOL_GPL(lua_type);
EXPORT_SYMBOL_GPL(lua_typename);
EXPORT_SYMBOL_GPL(lua_xmove);
EXPORT_SYMBOL_GPL(lua_yieldk);

EXPORT_SYMBOL_GPL(luaL_argerror);
EXPORT_SYMBOL_GPL(luaL_buffinit);
EXPORT_SYMBOL_GPL(luaL_buffinitsize);
EXPORT_SYMBOL_GPL(luaL_checkany);
EXPORT_SYMBOL_GPL(luaL_checkinteger);
EXPORT_SYMBOL_GPL(luaL_checklstring);
EXPORT_SYMBOL_GPL(luaL_checkstack);
EXPORT_SYMBOL_GPL(luaL_checktype);
EXPORT_SYMBOL_GPL(luaL_checkudata);
EXPORT_SYMBOL_GPL(luaL_checkversion_);
EXPORT_SYMBOL_GPL(luaL_error);
EXPORT_SYMBOL_GPL(luaL_newmetatable);
EXPORT_SYMBOL_GPL(luaL_optinteger);
EXPORT_SYMBOL_GPL(luaL_prepbuffsize);
EXPORT_SYMBOL_GPL(luaL_pushresultsize);
EXPORT_SYMBOL_GPL(luaL_setfuncs);
EXPORT_SYMBOL_GPL(luaL_setmetatable);
EXPORT_SYMBOL_GPL(luaL_testudata);
EXPORT_SYMBOL_GPL(luaL_tolstring);

/* called by the macros of luaconf.h */
