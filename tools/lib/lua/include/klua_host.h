/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lib/lua in user space: what stands in for the kernel below it, and the knobs
 * that its tests turn. All of it belongs to one thread at a time.
 *
 *	slab.c		memory, in the sizes that the kernel's slab gives
 *	task.c		the running task: its stack, a signal, random numbers
 *	print.c		printf(), and the end when something is wrong
 */
#ifndef _KLUA_HOST_H
#define _KLUA_HOST_H

#include <linux/compiler.h>
#include <linux/types.h>

/* Frames of instrumented code are that much larger. */
#ifndef KLUA_HOST_STACK_SCALE
#define KLUA_HOST_STACK_SCALE	1
#endif

/* a kernel's 16 KiB */
#define KLUA_HOST_STACK		(KLUA_HOST_STACK_SCALE * 16384UL)

/**
 * struct klua_host_memory - what lib/lua allocated
 * @now: bytes that are allocated, as the slab rounds them
 * @peak: the most that @now has been; may be set
 * @fail_after: the how manieth allocation from now fails, and all after it;
 *	0: none
 * @header: bytes in front of each block that are there for the sanitizer only, and are
 *	not in @now
 * @fill: what is in new memory
 */
struct klua_host_memory {
	size_t now;
	size_t peak;
	long fail_after;
	size_t header;
	u8 fill;
};

extern struct klua_host_memory klua_host_memory;

/* how many more calls klua_host_fatal_signal() answers with no; negative: all */
extern long klua_host_signal_after;

/* an address was printed or hashed: another run may be different */
extern bool klua_host_addresses_used;

void klua_host_seed(u64 seed);
unsigned int klua_host_hash(const void *address);

/* A task with a stack of its own: @bottom has KLUA_HOST_STACK bytes; NULL ends it. */
void klua_host_set_stack(void *bottom);

/* for the headers in linux/ */
u64 klua_host_random(void);
bool klua_host_fatal_signal(void);
void *klua_host_end_of_stack(void);
void klua_host_bug(const char *file, int line) __noreturn;

#endif
