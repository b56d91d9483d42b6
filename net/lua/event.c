// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that move no data: a connection is accepted, one is to be made, a
 * socket is closed. The script says yes or no at once; it cannot wait.
 */
#include <linux/lua.h>
#include <linux/slab.h>
#include <trace/events/lua.h>

#include "lua.h"
#include "lauxlib.h"
#include "lua_ulp.h"

static int push_arguments(lua_State *L, const struct lua_event *event)
{
	const struct lua_env *env = klua_private(klua_of(L));

	lua_sk_push(L, env->conn ? env->conns : 0);
	if (event->which != SS_LUA_HOOK_CONNECT)
		return 1;
	lua_pushstring(L, event->address);
	lua_pushinteger(L, event->port);
	return 3;
}

/* No error can be raised once the reason has been copied. */
static void read_answer(lua_State *L, struct lua_event *event)
{
	const char *reason;

	switch (lua_type(L, -2)) {
	case LUA_TBOOLEAN:
	case LUA_TNIL:
		event->allowed = lua_toboolean(L, -2);
		break;
	default:
		luaL_error(L, "the hook returned a %s: expected true, false or nil",
			   luaL_typename(L, -2));
	}
	if (event->allowed)
		return;
	reason = lua_tostring(L, -1);
	event->reason = kstrndup(reason ?: "the script refused the connection",
				 SS_LUA_ERROR_MAX - 1, GFP_KERNEL_ACCOUNT);
}

static int call(lua_State *L)
{
	struct lua_event *event = lua_touserdata(L, 1);

	lua_hook_push(L, event->which);
	lua_call(L, push_arguments(L, event), 2);
	if (event->which != SS_LUA_HOOK_CLOSE)
		read_answer(L, event);
	return 0;
}

static int call_script(struct klua *klua, struct lua_event *event)
{
	struct lua_env *env = klua_private(klua);
	int err;

	if (event->conn)
		env->conns++;
	env->conn = event->conn;
	err = klua_call(klua, call, event);
	env->conn = NULL;
	return err;
}

/* A script that fails has not decided anything; the application may have chosen
 * to go on without it. Whoever is being killed decides nothing, either.
 */
static int fail(struct sock *sk, struct lua_ulp_ctx *ctx, int err,
		struct lua_event *event)
{
	if (err == -EINTR || !lua_sock_failed(sk, ctx, err))
		return err;
	event->allowed = true;
	return 0;
}

static void count_answer(struct sock *sk, struct lua_ulp_ctx *ctx,
			 const struct lua_event *event)
{
	if (event->which == SS_LUA_HOOK_CLOSE)
		return;
	trace_lua_verdict(event->conn ?: sk, event->which,
			  event->allowed ? "pass" : "refuse", 0, 0);
	if (event->allowed)
		return;
	if (event->which == SS_LUA_HOOK_ACCEPT)
		LUA_COUNT(ctx, LUA_MIB_ACCEPTREFUSED, 1);
	else
		LUA_COUNT(ctx, LUA_MIB_CONNECTREFUSED, 1);
}

/**
 * lua_event - tell the script what happens to its socket
 * @sk: socket
 * @ctx: its context, with a script that has the hook
 * @event: what happens, and what the script says
 *
 * Context: process context, @sk locked
 * Return: 0, or a negative error, with its text in SS_LUA_ERROR; -EINTR if the
 *	process is being killed
 */
int lua_event(struct sock *sk, struct lua_ulp_ctx *ctx, struct lua_event *event)
{
	int err = lua_sock_sandbox(sk, ctx);

	if (!err) {
		LUA_COUNT(ctx, LUA_MIB_CALLS, 1);
		err = call_script(ctx->klua, event);
		lua_info_called(ctx, ctx->klua);
		if (err)
			lua_sock_set_error(ctx, klua_error(ctx->klua));
	}
	if (err)
		err = fail(sk, ctx, err, event);
	else if (event->reason)
		lua_sock_set_error(ctx, event->reason);
	kfree(event->reason);
	event->reason = NULL;
	count_answer(sk, ctx, event);
	return err;
}
