// SPDX-License-Identifier: GPL-2.0
/*
 * The task that runs Lua: its stack, its signals, its random numbers.
 */
#include <stdlib.h>
#include <sys/random.h>
#include <linux/minmax.h>

#include <klua_host.h>

long klua_host_signal_after = -1;
bool klua_host_addresses_used;

/* where the stack ends; without one of its own, a task is given the host's */
static unsigned long own_stack, top;

void klua_host_set_stack(void *bottom)
{
	own_stack = (unsigned long)bottom;
	top = 0;
}

/*
 * lib/lua may use as much of the host's stack as a kernel has, from where it
 * was entered: the outermost of the places where it looks at its stack.
 */
void *klua_host_end_of_stack(void)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);

	if (own_stack)
		return (void *)own_stack;
	top = max(top, here + 1024);
	return (void *)(top - KLUA_HOST_STACK);
}

bool klua_host_fatal_signal(void)
{
	if (klua_host_signal_after > 0)
		klua_host_signal_after--;
	return klua_host_signal_after == 0;
}

static u64 random_state;

static u64 fresh_seed(void)
{
	u64 seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		abort();
	return seed ?: 1;
}

/* The same seed, the same numbers: they need not be good. */
void klua_host_seed(u64 seed)
{
	random_state = seed ?: 1;
}

/* George Marsaglia's xorshift64*. */
u64 klua_host_random(void)
{
	if (!random_state)
		random_state = fresh_seed();
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dULL;
}

/* Lua's point2uint(), where a test wants to know. */
unsigned int klua_host_hash(const void *address)
{
	klua_host_addresses_used = true;
	return (unsigned int)(unsigned long)address;
}
