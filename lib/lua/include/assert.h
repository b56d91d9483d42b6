/* SPDX-License-Identifier: GPL-2.0 */
/* Lua includes it and uses lua_assert(). */
#ifndef _LUA_LIBC_ASSERT_H
#define _LUA_LIBC_ASSERT_H

#include <linux/types.h>

#endif
