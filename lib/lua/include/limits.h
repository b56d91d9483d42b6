/* SPDX-License-Identifier: GPL-2.0 */
/* The limits of C's types. */
#ifndef _LUA_LIBC_LIMITS_H
#define _LUA_LIBC_LIMITS_H

#include <linux/limits.h>

#ifndef CHAR_BIT
#define CHAR_BIT 8
#endif
#ifndef UCHAR_MAX
#define UCHAR_MAX 255
#endif

#endif
