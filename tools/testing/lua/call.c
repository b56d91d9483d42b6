// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer's calls into Lua, as a subsystem would make them.
 */
#include <linux/array_size.h>

#include "lua.h"
#include "lauxlib.h"
#include "fuzz.h"

/* Calls what the script left behind, and once more with what that returned. */
int fuzz_call_globals(lua_State *L)
{
	static const char *const names[] = { "f", "g", "process" };

	for (int i = 0; i < ARRAY_SIZE(names); i++) {
		lua_settop(L, 0);
		if (lua_getglobal(L, names[i]) == LUA_TNIL)
			continue;
		lua_pushinteger(L, 42);
		lua_pushliteral(L, "some text");
		lua_call(L, 2, 2);
		if (lua_isfunction(L, 1))
			lua_call(L, 1, 1);
	}
	return 0;
}
