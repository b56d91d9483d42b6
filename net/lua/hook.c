// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calling the script.
 *
 * A hook's function is found once, when its name is set, and kept where the
 * script cannot reach: what it does to its globals later changes nothing here.
 */
#include <kunit/visibility.h>
#include <linux/lua.h>
#include <linux/slab.h>

#include "lua.h"
#include "lauxlib.h"
#include "lua_ulp.h"

/* Their addresses are keys in the registry: for each hook's function, and for
 * each flow's thread and data object.
 */
static const char function_key[SS_LUA_HOOKS];
static const char thread_key[LUA_FLOWS];
static const char data_key[LUA_FLOWS];

static struct lua_env *env_of(struct klua *klua)
{
	return klua_private(klua);
}

/**
 * lua_hook_sandbox - an empty sandbox, with what scripts here may require
 * @net: namespace whose limits it has
 *
 * Context: process context
 * Return: a sandbox, or ERR_PTR(): -ENOBUFS if there are too many
 */
struct klua *lua_hook_sandbox(struct net *net)
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
	klua = klua_create(&limits);
	if (IS_ERR(klua)) {
		err = PTR_ERR(klua);
		goto out_quota;
	}
	env->net = net;
	env->quota = ln->quota;
	klua_set_private(klua, env);
	lua_lib_connect(klua);
	err = klua_call(klua, lua_data_type, NULL) ?:
	      klua_call(klua, lua_verdict_open, NULL) ?:
	      klua_call(klua, lua_sk_open, NULL);
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

static void forget(lua_State *L, const char *key)
{
	lua_pushnil(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, key);
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
		env_of(klua_of(L))->flow[hook->which].want = 0;
		forget(L, &thread_key[hook->which]);
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

/**
 * struct hook_call - a call of a hook that judges data
 * @which: which hook
 * @env: the sandbox's environment
 * @verdict: what comes out
 */
struct hook_call {
	unsigned int which;
	struct lua_env *env;
	struct lua_verdict *verdict;
};

/* The thread in which a hook runs, so that it can wait in more(): the same for
 * each call, until an error kills it. It stays on the stack.
 */
static lua_State *hook_thread(lua_State *L, unsigned int which)
{
	lua_State *thread;

	if (lua_rawgetp(L, LUA_REGISTRYINDEX, &thread_key[which]) == LUA_TTHREAD) {
		thread = lua_tothread(L, -1);
		if (lua_status(thread) <= LUA_YIELD)
			return thread;
	}
	thread = lua_newthread(L);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &thread_key[which]);
	return thread;
}

/* Pushes the function and its arguments. */
static int push_start(lua_State *L, const struct hook_call *call,
		      const struct lua_flow *flow)
{
	lua_hook_push(L, call->which);
	lua_data_push(L, call->which, flow);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &data_key[call->which]);
	lua_pushinteger(L, flow->view->len);
	lua_pushboolean(L, flow->flags & LUA_NONBLOCK);
	lua_sk_push(L, 0);
	return 4;
}

/* Pushes what more() returns; the data has grown. */
static int push_continue(lua_State *L, const struct hook_call *call,
			 const struct lua_flow *flow)
{
	lua_rawgetp(L, LUA_REGISTRYINDEX, &data_key[call->which]);
	lua_data_extend(L, -1, flow);
	lua_pop(L, 1);
	lua_pushinteger(L, flow->view->len);
	lua_pushboolean(L, flow->flags & LUA_ENDED);
	return 2;
}

static int judge(lua_State *L)
{
	const struct hook_call *call = lua_touserdata(L, 1);
	struct lua_flow *flow = &call->env->flow[call->which];
	lua_State *thread = hook_thread(L, call->which);
	int n, status;

	flow->thread = thread;
	if (flow->want) {
		flow->want = 0;
		n = push_continue(L, call, flow);
		lua_xmove(L, thread, n);
	} else {
		flow->generation++;
		flow->pass = 0;
		flow->passed = false;
		/* An error of ours may have left something there. */
		lua_settop(thread, 0);
		n = push_start(L, call, flow);
		lua_xmove(L, thread, n + 1);
	}

	status = lua_resume(thread, L, n);
	if (status == LUA_YIELD && flow->want) {
		call->verdict->action = LUA_MORE;
		call->verdict->len = flow->want;
		return 0;
	}
	if (status == LUA_YIELD) {
		forget(L, &thread_key[call->which]);
		return luaL_error(L, "attempt to yield from outside a coroutine");
	}
	if (status != LUA_OK)
		klua_rethrow(L, thread, status);
	lua_settop(thread, 3);
	lua_xmove(thread, L, 3);
	lua_verdict_read(L, flow, call->verdict);
	return 0;
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
	struct hook_call call = {
		.which = which,
		.env = env_of(klua),
		.verdict = verdict,
	};
	struct lua_flow *flow = &call.env->flow[which];
	int err;

	memset(verdict, 0, sizeof(*verdict));
	__skb_queue_head_init(&verdict->subst);

	flow->view = view;
	flow->flags = flags;
	call.env->running = flow;
	err = klua_call(klua, judge, &call);
	call.env->running = NULL;
	flow->view = NULL;

	if (err) {
		flow->want = 0;
		__skb_queue_purge(&verdict->subst);
		kfree(verdict->reason);
	}
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(lua_hook_judge);
