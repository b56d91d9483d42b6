// SPDX-License-Identifier: GPL-2.0
/*
 * The C stack. Lua's C functions call each other as deep as a script likes, on
 * a stack that belongs to whoever made the system call. So the bytes that are
 * left decide, at each level, and not a count of levels.
 *
 * A level begins with no less than the reserve; below that only those of an error
 * handler begin, down to the minimum. A level takes less than half of that. The rest is
 * for the error's message, and for the allocator, which may have to reclaim memory: a
 * quarter of the stack, as the tests with hostile scripts see to.
 */
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include "klua.h"
#include "lstate.h"
#include "ldebug.h"
#include "ldo.h"
#include "lobject.h"

#define STACK_MIN	(THREAD_SIZE * 14 / 32)
#define STACK_RESERVE	(STACK_MIN + THREAD_SIZE / 16)
#define STACK_ENTRY	(STACK_RESERVE + THREAD_SIZE / 16)

static unsigned long stack_left(void)
{
	unsigned long left = (unsigned long)__builtin_frame_address(0) -
			     (unsigned long)end_of_stack(current);

	/* not the task's stack at all: no Lua there */
	return left < THREAD_SIZE ? left : 0;
}

/* Is there enough to call into Lua from here? */
bool klua_stack_enough(void)
{
	return stack_left() >= STACK_ENTRY;
}

/* Each entry may be by another task. */
void klua_stack_enter(struct klua *klua)
{
	klua->meter.stack_low = (unsigned long)end_of_stack(current) + STACK_RESERVE;
}

bool klua_stack_low(void)
{
	return stack_left() < STACK_RESERVE;
}

static noinline void raise_overflow(lua_State *L)
{
	char position[KLUA_WHERE_SIZE];

	klua_where(L, position, sizeof(position));
	luaO_pushfstring(L, "%sC stack overflow", position);
	luaG_errormsg(L);
}

/*
 * Called by Lua before a level of C calls that is too deep, and before each one until
 * the calls have returned to where there is room again. The first reports it; its
 * handler may go on for a while.
 */
void klua_check_stack(lua_State *L)
{
	struct klua *klua = klua_of(L);
	unsigned long left = stack_left();

	if (left >= STACK_RESERVE) {
		klua_stack_enter(klua);
		return;
	}
	if (klua->meter.stack_low != ULONG_MAX) {
		klua->meter.stack_low = ULONG_MAX;
		raise_overflow(L);
	}
	if (left < STACK_MIN)
		luaD_throw(L, LUA_ERRERR);
}
