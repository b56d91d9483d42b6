/* SPDX-License-Identifier: GPL-2.0 */
/* size_t, ptrdiff_t, NULL, offsetof. */
#ifndef _LUA_LIBC_STDDEF_H
#define _LUA_LIBC_STDDEF_H

#include <linux/stddef.h>
#include <linux/types.h>

#endif
