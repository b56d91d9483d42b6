// SPDX-License-Identifier: GPL-2.0
/*
 * The clock is the CPU's time stamp counter, because reading it is one instruction, and
 * exact: under -icount it counts instructions, one by one. clock_check() says how it
 * runs against CLOCK_MONOTONIC, which is made of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <x86intrin.h>

#include "bench.h"

uint64_t ticks(void)
{
	_mm_lfence();
	return __rdtsc();
}

/* What two looks at the clock are apart with nothing between them */
uint64_t ticks_cost(void)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 1000; i++) {
		uint64_t start = ticks();
		uint64_t took = ticks() - start;

		if (took < least)
			least = took;
	}
	return least;
}

static uint64_t nanoseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

void clock_check(void)
{
	uint64_t ns = nanoseconds(), start = ticks(), counted = 0;

	while (ticks() - start < 100000000)
		counted++;
	ns = nanoseconds() - ns;
	printf("{\"bench\": \"clock\", \"case\": \"tsc\", \"ns_per_tick\": %.6f, \"cost\": %llu}\n",
	       ns / (double)(ticks() - start), (unsigned long long)ticks_cost());
}

void clock_mark(long operations)
{
	if (!getenv("BENCH_MARK"))
		return;
	asm volatile("xchg %bx, %bx");	/* profile.c sees it */
	if (operations)
		printf("operations %ld\n", operations);
}
