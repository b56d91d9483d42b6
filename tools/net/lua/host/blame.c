// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a script was when an error was raised. The kernel keeps no more of an error
 * than its message. That names the innermost function that is written in Lua, which
 * can be one of a library; so this looks at the calls while they are there, before
 * somebody catches the error or nobody does. All errors go through klua_throw().
 */
#include <linux/sprintf.h>
#include <linux/string.h>
#include <uapi/linux/lua.h>

#include "lua.h"
#include "lstate.h"
#include "host.h"

/* The last error with a function of the script among the calls; it is known again
 * by the first @compared bytes of its message.
 */
static struct {
	struct lua_host_blame blame;
	char message[SS_LUA_ERROR_MAX];
	size_t compared;
} last;

/* Finds the script among the calls; @where is the innermost Lua function. */
static bool find_script(lua_State *L, struct lua_host_blame *blame, char *where,
			size_t size)
{
	const char *called = "";
	lua_Debug call;

	where[0] = '\0';
	for (int level = 0; lua_getstack(L, level, &call); level++) {
		lua_getinfo(L, "Sln", &call);
		if (!where[0] && call.currentline > 0)
			snprintf(where, size, "%s:%d: ", call.short_src, call.currentline);
		if (!strcmp(call.source, LUA_HOST_CHUNK)) {
			blame->line = call.currentline;
			strscpy(blame->called, called);
			return true;
		}
		called = call.name ?: "?";
	}
	return false;
}

/* An error without the script may be an older one that a coroutine has ended with:
 * what is known of that stays.
 */
static void note(lua_State *L, int status)
{
	char where[sizeof(last.message)];

	if (!find_script(L, &last.blame, where, sizeof(where)))
		return;
	if (status == LUA_ERRRUN && lua_type(L, -1) == LUA_TSTRING) {
		strscpy(last.message, lua_tostring(L, -1));
		last.compared = sizeof(last.message);
	} else {
		/* the message is yet to be written */
		strscpy(last.message, status == LUA_ERRRUN ? "(error object is" : where);
		last.compared = strlen(last.message);
	}
}

void __wrap_klua_throw(lua_State *L, struct klua_jmpbuf *env, int status)
{
	struct klua_meter *meter = luai_meter_of(G(L));
	s64 left = meter->left;

	/* a state that is being made has no calls yet */
	if (status != LUA_YIELD && G(L)->version) {
		/* a budget that is spent must not raise the next error here */
		meter->left = S64_MAX;
		note(L, status);
		meter->left = left;
	}
	__real_klua_throw(L, env, status);
}

const struct lua_host_blame *lua_host_blame(const char *error)
{
	if (!last.compared || strncmp(error, last.message, last.compared))
		return NULL;
	return &last.blame;
}
