/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_LINUX_MATH_H
#define _KLUA_HOST_LINUX_MATH_H

#define abs(n)			__builtin_abs(n)
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))

#endif
