/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing of it is left to use once numbers are integers. */
#ifndef _LUA_LIBC_MATH_H
#define _LUA_LIBC_MATH_H

#include <linux/types.h>

#endif
