// SPDX-License-Identifier: GPL-2.0
/*
 * A sandbox: one Lua state with limits. Everything that may raise a Lua error
 * runs inside klua_call(), klua_call_on() or klua_resume(); an error outside of
 * them would have nowhere to go.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "klua.h"
#include "lauxlib.h"
#include "lstate.h"

/* For closing a state: nothing that a script wrote runs then. */
#define CLOSE_UNITS	100000

static int refuse(struct klua *klua, int err, const char *why)
{
	strscpy(klua->error, why);
	return err;
}

/* Turns what a protected call returned into an errno; the message is at the top of @L. */
static int result_of(struct klua *klua, lua_State *L, int status)
{
	if (klua->stopped)
		return klua->stopped;
	switch (status) {
	case LUA_OK:
	case LUA_YIELD:
		klua->error[0] = '\0';
		return 0;
	case LUA_ERRMEM:
		return -ENOMEM;
	}
	if (lua_type(L, -1) == LUA_TSTRING)
		strscpy(klua->error, lua_tostring(L, -1));
	else if (lua_type(L, -1) == LUA_TNUMBER)
		klua_format(klua->error, sizeof(klua->error), "%lld",
			    lua_tointeger(L, -1));
	else
		klua_format(klua->error, sizeof(klua->error),
			    "(error object is a %s value)", luaL_typename(L, -1));
	return -EINVAL;
}

static void begin(struct klua *klua, u64 units)
{
	klua->busy = true;
	klua_budget_start(klua, units);
	klua_stack_enter(klua);
}

static int end(struct klua *klua, lua_State *L, int status)
{
	klua_budget_end(klua);
	klua->busy = false;
	return result_of(klua, L, status);
}

static int enter(struct klua *klua, lua_CFunction fn, void *arg, u64 units)
{
	lua_State *L = klua->L;
	int err;

	begin(klua, units);
	lua_pushcfunction(L, fn);
	lua_pushlightuserdata(L, arg);
	err = end(klua, L, lua_pcall(L, 1, 0, 0));
	lua_settop(L, 0);
	return err;
}

static int may_enter(struct klua *klua)
{
	might_sleep();
	if (klua->busy)
		return -EBUSY;
	if (!klua_stack_enough())
		return refuse(klua, -EOVERFLOW, "C stack overflow");
	return 0;
}

/**
 * klua_call() - Run a C function in a sandbox
 * @klua: the sandbox
 * @fn: gets @arg as a light userdata at index 1; may call any lua\_ and luaL\_
 *	function, and what it pushes or returns is dropped
 * @arg: for @fn
 *
 * This, klua_call_on() and klua_resume() are the doors into Lua: @fn may call the
 * script's functions, and any error in it, or limit that is hit, ends it; klua_error()
 * has the message then. An API function that raises an error does not return, so @fn
 * must not hold a lock or own memory across it; once the instructions are spent *any*
 * API function may raise one.
 *
 * Context: Process context, with the lock that guards @klua; may sleep.
 * Return:
 * * 0 - @fn has returned
 * * -EINVAL - a Lua error: syntax, or at run time
 * * -ENOMEM - the memory limit, or no memory
 * * -ETIME - the instruction limit
 * * -EINTR - a fatal signal is pending
 * * -EOVERFLOW - too little C stack is left to enter Lua at all
 * * -EBUSY - called from within a call on the same sandbox
 */
int klua_call(struct klua *klua, int (*fn)(struct lua_State *L), void *arg)
{
	return may_enter(klua) ?: enter(klua, fn, arg, klua->limits.max_instructions);
}
EXPORT_SYMBOL_GPL(klua_call);

/**
 * klua_call_on() - Run a C function on what the last call has left
 * @klua: the sandbox
 * @fn: as for klua_call()
 * @arg: for @fn
 *
 * It has the instructions that the last klua_call() or klua_resume() did not need, and
 * both count as one call.
 *
 * Context: Process context, with the lock that guards @klua; may sleep.
 * Return: As klua_call().
 */
int klua_call_on(struct klua *klua, int (*fn)(struct lua_State *L), void *arg)
{
	u64 used = klua->used;
	int err = may_enter(klua);

	if (err)
		return err;
	err = enter(klua, fn, arg, klua->units - used);
	klua->used += used;
	klua->units += used;
	return err;
}
EXPORT_SYMBOL_GPL(klua_call_on);

/**
 * klua_resume() - Start a coroutine of a sandbox, or go on with it
 * @klua: the sandbox
 * @thread: the coroutine, which something in the sandbox keeps from being collected
 * @nargs: arguments on top of its stack, below them the function if it starts
 *
 * That is cheaper than to do it within klua_call(). To push, move and look at values on
 * @thread without a call is safe as long as it needs no memory and raises no error, and
 * there is room on its stack (%LUA_MINSTACK values).
 *
 * Context: Process context, with the lock that guards @klua; may sleep.
 * Return: 0 if the function has returned, or 1 if it has yielded, with what it
 * returned or yielded on top of @thread; or a negative error as klua_call() returns
 * them, after which @thread is dead.
 */
int klua_resume(struct klua *klua, struct lua_State *thread, int nargs)
{
	int status, err = may_enter(klua);

	if (err)
		return err;
	begin(klua, klua->limits.max_instructions);
	status = lua_resume(thread, NULL, nargs);
	return end(klua, thread, status) ?: status == LUA_YIELD;
}
EXPORT_SYMBOL_GPL(klua_resume);

/**
 * klua_max_instructions() - What a call may take
 * @klua: the sandbox
 *
 * Context: With the lock that guards @klua.
 * Return: Units of work.
 */
u64 klua_max_instructions(const struct klua *klua)
{
	return klua->limits.max_instructions;
}
EXPORT_SYMBOL_GPL(klua_max_instructions);

/* For our own functions, which do as much as they must. */
int klua_call_unlimited(struct klua *klua, lua_CFunction fn, void *arg)
{
	return may_enter(klua) ?: enter(klua, fn, arg, U64_MAX);
}

/* A sandbox without a state. */
struct klua *klua_new(const struct klua_limits *limits, long fail_after)
{
	struct klua *klua = kzalloc_obj(*klua, GFP_KERNEL_ACCOUNT);

	if (!klua)
		return NULL;
	klua->limits = *limits;
	klua_memory_init(klua);
#if IS_ENABLED(CONFIG_LUA_KUNIT_TEST)
	klua->fail_after = fail_after;
#endif
	return klua;
}

static struct klua *create(const struct klua_limits *limits, long fail_after)
{
	struct klua *klua;
	int err;

	might_sleep();
	if (!klua_stack_enough())
		return ERR_PTR(-EOVERFLOW);
	klua = klua_new(limits, fail_after);
	if (!klua)
		return ERR_PTR(-ENOMEM);
	get_random_bytes(&klua->secret, sizeof(klua->secret));

	klua->L = lua_newstate(klua_alloc, klua);
	if (!klua->L) {
		klua_memory_drop(klua);
		kfree(klua);
		return ERR_PTR(-ENOMEM);
	}
	*(struct klua **)lua_getextraspace(klua->L) = klua;

	err = klua_call_unlimited(klua, klua_open_env, NULL);
	if (err) {
		klua_free(klua);
		return ERR_PTR(err);
	}
	return klua;
}

/**
 * klua_create() - Make a sandbox
 * @limits: what it may use; copied
 *
 * The sandbox has Lua's libraries, and the memory that they take counts. It is
 * charged, like all that follows, to the memory cgroup of the running task.
 *
 * Context: Process context; may sleep.
 * Return: The sandbox, or ERR_PTR(): -ENOMEM, -EOVERFLOW (too little C stack),
 * -EINTR (a fatal signal is pending).
 */
struct klua *klua_create(const struct klua_limits *limits)
{
	return create(limits, 0);
}
EXPORT_SYMBOL_GPL(klua_create);

/* Only finalizers need to look at the objects of a state that ends. */
static bool has_finalizers(const struct klua *klua)
{
	const global_State *g = G(klua->L);

	return g->finobj || g->tobefnz;
}

static void close(struct klua *klua)
{
	klua->busy = true;
	klua_budget_start(klua, CLOSE_UNITS);
	klua_stack_enter(klua);
	lua_close(klua->L);
	/* the arena keeps a page for a next block */
	WARN_ON_ONCE(klua->memory > KLUA_PAGE_SIZE);
}

/**
 * klua_free() - Free a sandbox
 * @klua: the sandbox, or NULL, or an ERR_PTR()
 *
 * Finalizers (__gc) that C code gave to its userdata run now, in a small budget. One
 * that the collector wanted to run earlier, when memory or C stack was at its end, has
 * been skipped: what outlives the sandbox must not depend on them.
 *
 * Context: Process context, not within klua_call() on @klua; may sleep.
 */
void klua_free(struct klua *klua)
{
	if (IS_ERR_OR_NULL(klua))
		return;
	might_sleep();
	if (has_finalizers(klua))
		close(klua);
	klua_memory_drop(klua);
	klua_image_free(klua->image);
	kfree(klua);
}
EXPORT_SYMBOL_GPL(klua_free);

/**
 * klua_error() - The message of the last error
 * @klua: the sandbox
 *
 * Mostly "chunk:line: text". The text comes from the script: it can have any
 * byte in it, and is cut after 255.
 *
 * Context: With the lock that guards @klua.
 * Return: The message of the last klua_compile(), klua_run(), klua_call(),
 * klua_call_on() or klua_resume() but one that failed with -EBUSY; empty if that
 * succeeded.
 */
const char *klua_error(const struct klua *klua)
{
	return klua->error;
}
EXPORT_SYMBOL_GPL(klua_error);

/**
 * klua_memory() - The memory that a sandbox's state holds
 * @klua: the sandbox
 *
 * Context: With the lock that guards @klua, or anywhere for an approximate value.
 * Return: Bytes, garbage included, as counted against the limit.
 */
size_t klua_memory(const struct klua *klua)
{
	return READ_ONCE(klua->memory);
}
EXPORT_SYMBOL_GPL(klua_memory);

/**
 * klua_set_limits() - Change the limits of a sandbox
 * @klua: the sandbox
 * @limits: the new ones. A memory limit below what the state holds makes the next
 *	allocation fail, or collect garbage first. Instructions count from the next
 *	call. The pool is not looked at: a sandbox stays in the one it was made in.
 *
 * Context: With the lock that guards @klua.
 */
void klua_set_limits(struct klua *klua, const struct klua_limits *limits)
{
	klua->limits.max_memory = limits->max_memory;
	klua->limits.max_instructions = limits->max_instructions;
}
EXPORT_SYMBOL_GPL(klua_set_limits);

/**
 * klua_of() - The sandbox of a state
 * @L: a state or one of its coroutines
 *
 * Context: Any.
 * Return: The sandbox.
 */
struct klua *klua_of(struct lua_State *L)
{
	return container_of(luai_meter(L), struct klua, meter);
}
EXPORT_SYMBOL_GPL(klua_of);

/**
 * klua_private() - The pointer that klua_set_private() stored
 * @klua: the sandbox
 *
 * Context: Any.
 * Return: The pointer, or NULL.
 */
void *klua_private(const struct klua *klua)
{
	return klua->priv;
}
EXPORT_SYMBOL_GPL(klua_private);

/**
 * klua_set_private() - Store a pointer for the sandbox's owner
 * @klua: the sandbox
 * @priv: the pointer
 *
 * Context: With the lock that guards @klua.
 */
void klua_set_private(struct klua *klua, void *priv)
{
	klua->priv = priv;
}
EXPORT_SYMBOL_GPL(klua_set_private);

/**
 * klua_set_print() - Say where the script's print() goes
 * @klua: the sandbox
 * @print: called with each line, without an end of line; NULL drops them
 *
 * Context: With the lock that guards @klua.
 */
void klua_set_print(struct klua *klua, klua_print_t print)
{
	klua->print = print;
}
EXPORT_SYMBOL_GPL(klua_set_print);

/**
 * klua_set_libs() - Say what the script may require()
 * @klua: the sandbox
 * @libs: libraries; the last one has no name. Stays valid as long as @klua.
 *
 * They come in addition to Lua's own, and in place of those set before.
 *
 * Context: With the lock that guards @klua.
 */
void klua_set_libs(struct klua *klua, const struct klua_lib *libs)
{
	klua->libs = libs;
}
EXPORT_SYMBOL_GPL(klua_set_libs);

#if IS_ENABLED(CONFIG_LUA_KUNIT_TEST)
/* Allocation number @n from now and all that follow fail; 0 ends it. */
void klua_fail_after(struct klua *klua, long n)
{
	klua->fail_after = n;
}
EXPORT_SYMBOL_GPL(klua_fail_after);

/* klua_create() whose allocation number @fail_after fails. */
struct klua *klua_create_failing(const struct klua_limits *limits, long fail_after)
{
	return create(limits, fail_after);
}
EXPORT_SYMBOL_GPL(klua_create_failing);
#endif

MODULE_DESCRIPTION("Lua as a library for scriptable subsystems");
MODULE_LICENSE("GPL");
