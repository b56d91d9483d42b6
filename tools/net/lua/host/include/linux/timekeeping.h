/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LUA_HOST_TIMEKEEPING_H
#define _LUA_HOST_TIMEKEEPING_H

#include <time.h>
#include <linux/types.h>

#define timespec64	timespec

#define NSEC_PER_MSEC	1000000L

static inline u64 ktime_get_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline void ktime_get_real_ts64(struct timespec64 *now)
{
	clock_gettime(CLOCK_REALTIME, now);
}

#endif
