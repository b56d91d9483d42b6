/* SPDX-License-Identifier: GPL-2.0 */
/* There are no locales; luaconf.h has the decimal point. */
#ifndef _LUA_LIBC_LOCALE_H
#define _LUA_LIBC_LOCALE_H

#include <linux/types.h>

#endif
