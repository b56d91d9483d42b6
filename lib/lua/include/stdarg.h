/* SPDX-License-Identifier: GPL-2.0 */
/* Variable arguments. */
#ifndef _LUA_LIBC_STDARG_H
#define _LUA_LIBC_STDARG_H

#include <linux/stdarg.h>

#endif
