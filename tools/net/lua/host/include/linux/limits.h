/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LUA_HOST_LIMITS_H
#define _LUA_HOST_LIMITS_H

#include_next <linux/limits.h>

#define U8_MAX		((u8)~0U)
#define U16_MAX		((u16)~0U)

#endif
