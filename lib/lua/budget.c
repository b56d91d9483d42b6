// SPDX-License-Identifier: GPL-2.0
/*
 * The budget of one entry into Lua. VM instructions, API calls and loops in C
 * all take from one meter, which is filled from the budget in slices; between
 * two slices the CPU is offered to others and a fatal signal is noticed.
 *
 * When the budget is spent it stays spent: the error that says so is raised
 * again at the next API call or instruction, wherever a script caught it, until
 * the outermost call ends. It is thrown as a memory error, because that one
 * needs neither memory nor stack and calls no handler.
 */
#include <linux/export.h>
#include <linux/kasan.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "klua.h"
#include "lstate.h"
#include "ldebug.h"
#include "ldo.h"
#include "lobject.h"

/* about 10 us */
#define SLICE	1000
/* what leaving a call by a jump costs */
#define JUMP	16

/* Where the script is: "chunk:line: ", or nothing. */
void klua_where(lua_State *L, char *buf, size_t size)
{
	char source[LUA_IDSIZE];
	const CallInfo *ci;
	const Proto *p;

	*buf = '\0';
	for (ci = L->ci; ci && !isLua(ci); ci = ci->previous)
		;
	if (!ci)
		return;
	p = clLvalue(ci->func)->p;
	if (!p->source)
		return;
	luaO_chunkid(source, getstr(p->source), sizeof(source));
	snprintf(buf, size, "%s:%d: ", source,
		 getfuncline(p, pcRel(ci->u.l.savedpc, p)));
}

/* Keeps a message that starts with the script's position in @L, if it has one. */
void klua_set_error(struct klua *klua, lua_State *L, const char *fmt, ...)
{
	size_t used;
	va_list args;

	klua_where(L, klua->error, sizeof(klua->error));
	used = strlen(klua->error);
	va_start(args, fmt);
	vsnprintf(klua->error + used, sizeof(klua->error) - used, fmt, args);
	va_end(args);
}

void klua_budget_start(struct klua *klua, u64 units)
{
	/* without one, it is noticed at once */
	u64 slice = fatal_signal_pending(current) ? 0 : min_t(u64, units, SLICE);

	klua->units = units;
	klua->budget = units - slice;
	klua->stopped = 0;
	klua->meter.left = slice;
}

/* The call is over: nothing may run out between its error and the message. */
void klua_budget_end(struct klua *klua)
{
	klua->used = klua->units - klua->budget - klua->meter.left;
	/* debts may be larger than what was left to pay them */
	if (klua->stopped == -ETIME || klua->used > klua->units)
		klua->used = klua->units;
	klua->meter.left = S64_MAX;
}

static void refill(struct klua *klua, lua_State *L)
{
	u64 debt = -klua->meter.left;
	u64 slice;

	if (klua->budget < debt) {
		klua->stopped = -ETIME;
		klua_set_error(klua, L, "instruction limit (%llu) reached",
			       klua->limits.max_instructions);
		return;
	}
	klua->budget -= debt;
	slice = min_t(u64, klua->budget, SLICE);
	klua->budget -= slice;
	klua->meter.left = slice;

	if (fatal_signal_pending(current)) {
		klua->stopped = -EINTR;
		klua_set_error(klua, L, "interrupted by a fatal signal");
	}
	cond_resched();
}

/* In what takes long and cannot raise an error. */
void klua_yield_cpu(void)
{
	cond_resched();
}

/*
 * The meter ran out. A thread without the innermost handler is not the one that
 * runs, and nothing may be raised in it: that one will be here soon.
 */
void klua_tick(lua_State *L)
{
	struct klua *klua = klua_of(L);

	if (!klua->stopped)
		refill(klua, L);
	if (!klua->stopped)
		return;
	klua->meter.left = -1;
	if (L->errorJmp && L->errorJmp == klua->meter.handler)
		luaD_throw(L, LUA_ERRMEM);
}

static void set_memory_error(struct klua *klua, lua_State *L)
{
	switch (klua->refused_by) {
	case KLUA_LIMIT:
		klua_set_error(klua, L, "memory limit (%zu bytes) reached",
			       klua->limits.max_memory);
		break;
	case KLUA_POOL:
		klua_set_error(klua, L, "memory limit of all states (%lu bytes) reached",
			       READ_ONCE(klua->limits.pool->max));
		break;
	default:
		klua_set_error(klua, L, "out of memory");
	}
}

/* Frames that are jumped over leave their red zones behind. */
static void forget_frames(unsigned long top)
{
#if defined(CONFIG_KASAN_STACK) && defined(CONFIG_KASAN_GENERIC)
	unsigned long bottom = (unsigned long)__builtin_frame_address(0);

	if (bottom < top && top - bottom < THREAD_SIZE)
		__asan_set_shadow_00(kasan_mem_to_shadow((void *)bottom),
				     (top - bottom) >> KASAN_SHADOW_SCALE_SHIFT);
#endif
}

/* What an error costs: it walks the calls, and describes the code that failed. Lua counts
 * calls in 16 bits; each has a slot of the stack at least.
 */
static s64 error_cost(lua_State *L)
{
	s64 cost = JUMP + L->nci + (L->top - L->stack) / 4;
	const CallInfo *ci;
	const Proto *p;

	for (ci = L->ci; ci && !isLua(ci); ci = ci->previous)
		;
	if (!ci)
		return cost;
	p = clLvalue(ci->func)->p;
	return cost + p->sizecode / 4 + p->sizelocvars / 4;
}

void klua_throw(lua_State *L, struct klua_jmpbuf *env, int status)
{
	struct klua *klua = G(L)->ud;

	/* a state that is being made has no calls yet */
	if (klua->L) {
		klua->meter.left -= status == LUA_YIELD ? JUMP : error_cost(L);
		if (status == LUA_ERRMEM && !klua->stopped && !klua->rethrown)
			set_memory_error(klua, L);
	}
	klua->rethrown = false;
	forget_frames(env->regs[KLUA_JMPBUF_SP]);
	klua_longjmp(env);
}

/**
 * klua_rethrow() - Raise the error that ended a coroutine
 * @L: the state that has called lua_resume()
 * @thread: the coroutine, whose status is an error
 * @status: what lua_resume() returned
 *
 * The message keeps the position in the script, and a limit that was hit its
 * name, as if there had been no coroutine.
 *
 * Context: In klua_call(). Does not return, which the compiler is not told, for objtool
 * would have to be told as well.
 */
void klua_rethrow(lua_State *L, lua_State *thread, int status)
{
	if (status == LUA_ERRMEM) {
		klua_of(L)->rethrown = true;
		luaD_throw(L, LUA_ERRMEM);
	}
	lua_xmove(thread, L, 1);
	lua_error(L);
}

/**
 * klua_charge() - Make a script pay for work done in C
 * @L: the state that runs
 * @units: how many VM instructions the work is worth
 *
 * A C function whose loops are as long as the script likes charges them here.
 *
 * Context: From a function that was called by Lua. Raises a Lua error, which
 * does not return, when the budget is spent.
 */
void klua_charge(lua_State *L, u64 units)
{
	luai_charge(L, min_t(u64, units, S32_MAX));
}
EXPORT_SYMBOL_GPL(klua_charge);

/**
 * klua_instructions() - What the last call took
 * @klua: the sandbox
 *
 * Context: With the lock that guards @klua.
 * Return: Units of work of the last klua_compile(), klua_run(), klua_call(),
 * klua_call_on() or klua_resume(); all there were if that hit the limit.
 */
u64 klua_instructions(const struct klua *klua)
{
	return klua->used;
}
EXPORT_SYMBOL_GPL(klua_instructions);

long long klua_no_division(lua_State *L)
{
	luaG_runerror(L, "'/' is not available (numbers are integers; use '//')");
	return 0;
}

long long klua_no_power(lua_State *L)
{
	luaG_runerror(L, "'^' is not available (numbers are integers; use '*' or '<<')");
	return 0;
}
