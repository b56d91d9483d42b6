/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LUA_HOST_MATH_H
#define _LUA_HOST_MATH_H

#include_next <linux/math.h>

#define DIV_ROUND_UP_ULL(n, d)	(((n) + (d) - 1) / (d))

#endif
