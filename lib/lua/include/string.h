/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's string functions. There are no locales and no errno. */
#ifndef _LUA_LIBC_STRING_H
#define _LUA_LIBC_STRING_H

#include <linux/string.h>

#define strcoll(a, b) strcmp((a), (b))
#define strerror(error) ""

#endif
