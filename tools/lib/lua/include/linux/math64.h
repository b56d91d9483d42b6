/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_MATH64_H
#define _KLUA_HOST_MATH64_H

#include_next <linux/math64.h>

static inline u64 div64_u64_rem(u64 dividend, u64 divisor, u64 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline s64 div64_s64(s64 dividend, s64 divisor)
{
	return dividend / divisor;
}

#endif
