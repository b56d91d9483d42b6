/* SPDX-License-Identifier: GPL-2.0 */
/* luaL_newstate() is not used: a state's memory is its sandbox's. */
#ifndef _LUA_LIBC_STDLIB_H
#define _LUA_LIBC_STDLIB_H

#include <linux/bug.h>
#include <linux/math.h>
#include <linux/types.h>

#define free(ptr) ((void)(ptr))
#define realloc(ptr, size) ((void)(ptr), (void)(size), NULL)
/* every entry into Lua has an error handler */
#define abort() BUG()

#endif
