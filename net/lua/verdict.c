// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a script says about the data it was shown: by what its hook returns,
 * and by the functions more(), pass() and drop() that it finds.
 */
#include <linux/lua.h>
#include <linux/slab.h>

#include "lua.h"
#include "lauxlib.h"
#include "lua_ulp.h"

/* Order-0 pages are always to be had; a longer replacement takes more buffers. */
#define SUBST_BUFFER	(MAX_SKB_FRAGS * PAGE_SIZE)

static struct lua_flow *running_flow(lua_State *L, const char *name)
{
	const struct lua_env *env = klua_private(klua_of(L));

	if (!env->running)
		luaL_error(L, "%s() is for hooks that judge data", name);
	return env->running;
}

/* more([n]): wait until n more bytes are there, or the stream has ended. Returns
 * how many there are now, and whether it has ended.
 */
static int verdict_more(lua_State *L)
{
	struct lua_flow *flow = running_flow(L, "more");
	lua_Integer n = luaL_optinteger(L, 1, 1);
	lua_Integer len = flow->view->len;

	luaL_argcheck(L, n > 0 && n <= INT_MAX - len, 1, "number of bytes out of range");
	if (flow->flags & LUA_ENDED) {
		lua_pushinteger(L, len);
		lua_pushboolean(L, true);
		return 2;
	}
	if (L != flow->thread || !lua_isyieldable(L))
		return luaL_error(L, "more() cannot wait in a coroutine or a callback");
	flow->want = len + n;
	return lua_yield(L, 0);
}

/* pass([n]): the next n bytes after those judged now, or all that follow, need
 * no script. Returns true, so that a hook can return it. What tonumber() makes of
 * nonsense, nil, must not pass all.
 */
static int verdict_pass(lua_State *L)
{
	struct lua_flow *flow = running_flow(L, "pass");
	u64 n = LUA_PASS_ALL;

	if (!lua_isnone(L, 1)) {
		n = luaL_checkinteger(L, 1);
		luaL_argcheck(L, n <= LUA_MAXINTEGER, 1, "negative number of bytes");
	}
	flow->pass = n;
	flow->passed = true;
	lua_pushboolean(L, true);
	return 1;
}

/* drop is what a hook returns; who calls it gets the same. */
static int verdict_drop(lua_State *L)
{
	lua_pushcfunction(L, verdict_drop);
	return 1;
}

/**
 * lua_verdict_open - make the functions that speak for a hook
 * @L: state, in a protected call
 *
 * Return: 0, nothing
 */
int lua_verdict_open(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "more", verdict_more },
		{ "pass", verdict_pass },
		{ "drop", verdict_drop },
		{ }
	};

	lua_pushglobaltable(L);
	luaL_setfuncs(L, functions, 0);
	return 0;
}

static struct sk_buff *subst_buffer(lua_State *L, size_t len)
{
	struct sk_buff *skb = lua_view_buffer(len);

	if (!skb)
		luaL_error(L, "no memory for a replacement of %d bytes", (int)len);
	return skb;
}

/* The caller frees what is in @subst if an error is raised. */
static void fill_subst(lua_State *L, int index, struct lua_verdict *verdict)
{
	size_t len, from = 0;
	const char *text;

	text = lua_tolstring(L, index, &len);
	klua_charge(L, len / 16 + 1);
	verdict->subst_len = len;
	while (from < len) {
		size_t n = min_t(size_t, len - from, SUBST_BUFFER);
		struct sk_buff *skb = subst_buffer(L, n);

		__skb_queue_tail(&verdict->subst, skb);
		if (skb_store_bits(skb, 0, text + from, n))
			luaL_error(L, "a replacement cannot be stored");
		from += n;
	}
}

/* How many of @len bytes the second result stands for. */
static u32 read_count(lua_State *L, const char *what, u32 len)
{
	lua_Integer n;

	if (lua_isnil(L, -2))
		return len;
	n = lua_tointeger(L, -2);
	if (lua_type(L, -2) != LUA_TNUMBER || n < 0 || n > len)
		luaL_error(L, "the hook %s %s of %d bytes", what,
			   luaL_tolstring(L, -2, NULL), (int)len);
	return n;
}

/* Any other object has a text too, but is not meant to be sent to anybody. */
static bool is_bytes(lua_State *L, int index)
{
	return lua_type(L, index) == LUA_TSTRING || lua_data_is(L, index);
}

/* The value at @index goes in the place of @len bytes. */
static void read_subst(lua_State *L, int index, struct lua_verdict *verdict, u32 len)
{
	verdict->action = LUA_REPLACE;
	verdict->len = len;
	/* a string is itself, whatever the script did to the metatable of strings */
	if (lua_type(L, index) == LUA_TSTRING)
		lua_pushvalue(L, index);
	else
		luaL_tolstring(L, index, NULL);
	fill_subst(L, -1, verdict);
}

/* A third result that cannot be a replacement is ignored, as in a call; an object
 * must have been meant as one.
 */
static void read_part(lua_State *L, struct lua_verdict *verdict, u32 len)
{
	verdict->len = read_count(L, "passed", len);
	if (is_bytes(L, -1))
		read_subst(L, -1, verdict, verdict->len);
	else if (lua_isuserdata(L, -1))
		luaL_error(L, "the hook returned true, a number and a %s: expected string or data",
			   luaL_typename(L, -1));
}

static void read_pass(lua_State *L, struct lua_verdict *verdict, u32 len)
{
	verdict->action = LUA_PASS;
	if (lua_isnil(L, -2))
		verdict->len = len;
	else if (lua_type(L, -2) == LUA_TNUMBER)
		read_part(L, verdict, len);
	else if (is_bytes(L, -2))
		read_subst(L, -2, verdict, len);
	else
		luaL_error(L, "the hook returned true and a %s: expected number, string or data",
			   luaL_typename(L, -2));
}

static void read_refusal(lua_State *L, struct lua_verdict *verdict)
{
	const char *reason = lua_tostring(L, -2);

	verdict->action = LUA_REFUSE;
	verdict->reason = kstrndup(reason ?: "the script refused the data",
				   SS_LUA_ERROR_MAX - 1, GFP_KERNEL_ACCOUNT);
}

/**
 * lua_verdict_is_pass - understand the simplest verdict, true
 * @L: state, with the hook's only result on top; no error is raised
 * @flow: what it has judged
 * @verdict: what comes out
 *
 * Return: false if it is another one, for lua_verdict_read()
 */
bool lua_verdict_is_pass(lua_State *L, const struct lua_flow *flow,
			 struct lua_verdict *verdict)
{
	if (!lua_isboolean(L, -1) || !lua_toboolean(L, -1))
		return false;
	verdict->pass = flow->pass;
	verdict->action = LUA_PASS;
	verdict->len = flow->view->len;
	return true;
}

/**
 * lua_verdict_read - understand what a hook returned
 * @L: state, in a protected call, with the hook's %LUA_VERDICT_RESULTS results on top
 * @flow: what it has judged
 * @verdict: what comes out; its @subst is an empty queue
 *
 * Raises an error if the hook returned something else than a verdict.
 */
void lua_verdict_read(lua_State *L, const struct lua_flow *flow,
		      struct lua_verdict *verdict)
{
	u32 len = flow->view->len;

	verdict->pass = flow->pass;
	if (lua_tocfunction(L, -3) == verdict_drop) {
		verdict->action = LUA_DROP;
		verdict->len = read_count(L, "dropped", len);
		return;
	}
	switch (lua_type(L, -3)) {
	case LUA_TBOOLEAN:
		if (lua_toboolean(L, -3))
			read_pass(L, verdict, len);
		else
			read_refusal(L, verdict);
		break;
	case LUA_TNIL:
		/* it has called pass(), and that says enough */
		if (flow->passed)
			read_pass(L, verdict, len);
		else
			read_refusal(L, verdict);
		break;
	default:
		luaL_error(L, "the hook returned a %s: expected true, false, nil or drop",
			   luaL_typename(L, -3));
	}
}
