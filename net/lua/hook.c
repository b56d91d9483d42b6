// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calling the script.
 *
 * A hook's function is found once, when its name is set, and kept where the
 * script cannot reach: what it does to its globals later changes nothing here.
 */
#include <kunit/visibility.h>
#include <linux/array_size.h>
#include <linux/lua.h>
#include <linux/slab.h>

#include "lua.h"
#include "lauxlib.h"
#include "lua_ulp.h"

/* Their addresses are keys in the registry: for each hook's function, and for
 * each flow's thread.
 */
static const char function_key[__SS_LUA_HOOK_MAX];
static const char thread_key[LUA_FLOWS];

static struct lua_env *env_of(struct klua *klua)
{
	return klua_private(klua);
}

/* Room for what will be in the registry: to make it in each state takes longer than
 * all that is done with it.
 */
static int reserve(lua_State *L)
{
	static const struct {
		const char *keys;
		unsigned int n;
	} kept[] = {
		{ function_key, ARRAY_SIZE(function_key) },
		{ thread_key, ARRAY_SIZE(thread_key) },
	};

	for (int i = 0; i < ARRAY_SIZE(kept); i++) {
		for (int j = 0; j < kept[i].n; j++) {
			lua_pushboolean(L, false);
			lua_rawsetp(L, LUA_REGISTRYINDEX, &kept[i].keys[j]);
		}
	}
	return 0;
}

/* What a state has before its script runs: nothing that is one socket's, as images
 * keep it.
 */
static int open_state(struct klua *klua)
{
	return klua_call(klua, lua_data_type, NULL) ?:
	       klua_call(klua, lua_verdict_open, NULL) ?:
	       klua_call(klua, lua_sk_open, NULL) ?:
	       klua_call(klua, reserve, NULL);
}

/**
 * lua_hook_sandbox - an empty sandbox, with what scripts here may require
 * @net: namespace whose limits it has
 * @image: of one for the same script, or NULL
 *
 * Context: process context
 * Return: a sandbox, or ERR_PTR(): -ENOBUFS if there are too many
 */
struct klua *lua_hook_sandbox(struct net *net, struct klua_image *image)
{
	const struct lua_net *ln = lua_net(net);
	const struct klua_limits limits = {
		.max_memory = READ_ONCE(ln->max_memory),
		.max_instructions = READ_ONCE(ln->max_instructions),
		.pool = &ln->quota->memory,
	};
	struct lua_env *env;
	struct klua *klua;
	int err;

	env = kzalloc_obj(*env, GFP_KERNEL_ACCOUNT);
	if (!env)
		return ERR_PTR(-ENOMEM);
	err = lua_quota_enter(ln->quota);
	if (err)
		goto out_env;
	klua = image ? klua_create_from(image, &limits) : klua_create(&limits);
	if (IS_ERR(klua)) {
		err = PTR_ERR(klua);
		goto out_quota;
	}
	env->net = net;
	env->quota = ln->quota;
	klua_set_private(klua, env);
	lua_lib_connect(klua);
	err = image ? 0 : open_state(klua);
	if (err) {
		lua_hook_sandbox_free(klua);
		return ERR_PTR(err);
	}
	LUA_INC_STATS(net, LUA_MIB_STATES);
	return klua;

out_quota:
	lua_quota_leave(ln->quota);
out_env:
	kfree(env);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_IF_KUNIT(lua_hook_sandbox);

/**
 * lua_hook_sandbox_free - end a sandbox
 * @klua: sandbox, or NULL
 *
 * Context: process context
 */
void lua_hook_sandbox_free(struct klua *klua)
{
	struct lua_env *env;

	if (!klua)
		return;
	env = env_of(klua);
	klua_free(klua);
	lua_dicts_release(env);
	lua_quota_leave(env->quota);
	kfree(env);
}
EXPORT_SYMBOL_IF_KUNIT(lua_hook_sandbox_free);

/**
 * struct hook_name - a function to be looked up
 * @which: for which hook
 * @name: of a global, "" for none
 * @found: it is a function
 */
struct hook_name {
	unsigned int which;
	const char *name;
	bool found;
};

static void forget_thread(lua_State *L, unsigned int which)
{
	lua_pushnil(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &thread_key[which]);
}

static int bind(lua_State *L)
{
	struct hook_name *hook = lua_touserdata(L, 1);

	if (hook->name[0]) {
		lua_pushglobaltable(L);
		lua_pushstring(L, hook->name);
		/* Raw: a metatable of _G is the script's business, not ours. */
		lua_rawget(L, -2);
		hook->found = lua_isfunction(L, -1);
		if (!hook->found)
			return luaL_error(L, "the script has no function '%s'",
					  hook->name);
	} else {
		lua_pushnil(L);
	}
	lua_rawsetp(L, LUA_REGISTRYINDEX, &function_key[hook->which]);
	/* What the old one waited for is the new one's to judge. */
	if (hook->which < LUA_FLOWS) {
		struct lua_flow *flow = &env_of(klua_of(L))->flow[hook->which];

		flow->want = 0;
		flow->thread = NULL;
		forget_thread(L, hook->which);
	}
	return 0;
}

/**
 * lua_hook_bind - choose a hook's function
 * @klua: sandbox that has run its script
 * @which: SS_LUA_HOOK_*
 * @name: name of a global function, "" for none
 *
 * If it fails the hook stays what it was.
 *
 * Context: process context
 * Return: 0, -ENOENT if there is no such function, or another negative error;
 *	klua_error() has the text
 */
int lua_hook_bind(struct klua *klua, unsigned int which, const char *name)
{
	struct hook_name hook = { .which = which, .name = name, .found = true };
	int err = klua_call(klua, bind, &hook);

	return hook.found ? err : -ENOENT;
}
EXPORT_SYMBOL_IF_KUNIT(lua_hook_bind);

/**
 * lua_hook_push - push a hook's function
 * @L: state, in a protected call
 * @which: SS_LUA_HOOK_*
 */
void lua_hook_push(lua_State *L, unsigned int which)
{
	lua_rawgetp(L, LUA_REGISTRYINDEX, &function_key[which]);
}

/* What each call of a hook begins with, at the bottom of its thread's stack */
enum {
	HOOK_FUNCTION = 1,
	HOOK_DATA,
	HOOK_SK,
	HOOK_BOTTOM = HOOK_SK
};

/**
 * struct hook_call - a call of a hook that judges data
 * @which: which hook
 * @flow: the data
 * @verdict: what comes out
 */
struct hook_call {
	unsigned int which;
	struct lua_flow *flow;
	struct lua_verdict *verdict;
};

/* The thread in which a hook runs, so that it can wait in more(): the same for
 * each call, until an error kills it.
 */
static int make_thread(lua_State *L)
{
	const struct hook_call *call = lua_touserdata(L, 1);
	lua_State *thread;

	/* The last one may hold all the memory there is. */
	forget_thread(L, call->which);
	thread = lua_newthread(L);
	lua_hook_push(L, call->which);
	call->flow->data = lua_data_push(L, call->which);
	lua_sk_push(L, 0);
	lua_xmove(L, thread, HOOK_BOTTOM);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &thread_key[call->which]);
	call->flow->thread = thread;
	return 0;
}

/* Pushes the function and its arguments; returns how many those are. */
static int push_start(struct lua_flow *flow)
{
	lua_State *thread = flow->thread;

	flow->generation++;
	flow->pass = 0;
	flow->passed = false;
	lua_data_show(flow->data, flow);
	lua_pushvalue(thread, HOOK_FUNCTION);
	lua_pushvalue(thread, HOOK_DATA);
	lua_pushinteger(thread, flow->view->len);
	lua_pushboolean(thread, flow->flags & LUA_NONBLOCK);
	lua_pushvalue(thread, HOOK_SK);
	return 4;
}

/* Pushes what more() returns; the data has grown. */
static int push_continue(struct lua_flow *flow)
{
	flow->want = 0;
	lua_data_show(flow->data, flow);
	lua_pushinteger(flow->thread, flow->view->len);
	lua_pushboolean(flow->thread, flow->flags & LUA_ENDED);
	return 2;
}

static int wrong_yield(lua_State *L)
{
	return luaL_error(L, "attempt to yield from outside a coroutine");
}

/* What has been returned, and would need memory or raise an error to understand */
static int read_verdict(lua_State *L)
{
	const struct hook_call *call = lua_touserdata(L, 1);
	lua_State *thread = call->flow->thread;

	lua_settop(thread, HOOK_BOTTOM + LUA_VERDICT_RESULTS);
	lua_xmove(thread, L, LUA_VERDICT_RESULTS);
	lua_verdict_read(L, call->flow, call->verdict);
	return 0;
}

/* The hook has returned. */
static int finish(struct klua *klua, struct hook_call *call)
{
	struct lua_flow *flow = call->flow;
	int err = 0;

	if (lua_gettop(flow->thread) != HOOK_BOTTOM + 1 ||
	    !lua_verdict_is_pass(flow->thread, flow, call->verdict))
		err = klua_call_on(klua, read_verdict, call);
	lua_settop(flow->thread, HOOK_BOTTOM);
	lua_data_forget(flow->thread, HOOK_DATA, flow->data);
	return err;
}

static int judge(struct klua *klua, struct hook_call *call)
{
	struct lua_flow *flow = call->flow;
	int n, ret;

	if (!flow->thread) {
		ret = klua_call(klua, make_thread, call);
		if (ret)
			return ret;
	}
	n = flow->want ? push_continue(flow) : push_start(flow);
	ret = klua_resume(klua, flow->thread, n);
	if (ret > 0 && flow->want) {
		call->verdict->action = LUA_MORE;
		call->verdict->len = flow->want;
		return 0;
	}
	if (ret > 0)
		ret = klua_call_on(klua, wrong_yield, NULL);
	else if (!ret)
		return finish(klua, call);
	/* It is dead, or waits for nobody. */
	flow->thread = NULL;
	return ret;
}

/**
 * lua_hook_judge - let the script judge data
 * @klua: sandbox with that hook
 * @which: %SS_LUA_HOOK_RECEIVE or %SS_LUA_HOOK_SEND
 * @view: the data, at least one byte. If the script waits for more it begins
 *	with the same byte as the last time, and has not become shorter.
 * @flags: LUA_NONBLOCK, LUA_ENDED
 * @verdict: what the script decided
 *
 * Context: process context; what @view looks at does not change
 * Return: 0, or a negative error with its text in klua_error(); @verdict then
 *	holds nothing
 */
int lua_hook_judge(struct klua *klua, unsigned int which, struct lua_view *view,
		   unsigned int flags, struct lua_verdict *verdict)
{
	struct lua_env *env = env_of(klua);
	struct lua_flow *flow = &env->flow[which];
	struct hook_call call = {
		.which = which,
		.flow = flow,
		.verdict = verdict,
	};
	int err;

	memset(verdict, 0, sizeof(*verdict));
	__skb_queue_head_init(&verdict->subst);

	flow->view = view;
	flow->flags = flags;
	env->running = flow;
	err = judge(klua, &call);
	env->running = NULL;
	flow->view = NULL;

	if (err) {
		flow->want = 0;
		__skb_queue_purge(&verdict->subst);
		kfree(verdict->reason);
	}
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(lua_hook_judge);
