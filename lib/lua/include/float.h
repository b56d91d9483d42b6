/* SPDX-License-Identifier: GPL-2.0 */
/* There are no floats. */
#ifndef _LUA_LIBC_FLOAT_H
#define _LUA_LIBC_FLOAT_H

#include <linux/types.h>

#endif
