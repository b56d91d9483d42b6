/* SPDX-License-Identifier: GPL-2.0 */
/* luaconf.h has what Lua needs. */
#ifndef _LUA_LIBC_SETJMP_H
#define _LUA_LIBC_SETJMP_H

#include <linux/types.h>

#endif
