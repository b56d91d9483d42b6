/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_LIMITS_H
#define _KLUA_HOST_LIMITS_H

#include_next <limits.h>

#define U32_MAX		((u32)~0U)
#define S32_MAX		((s32)(U32_MAX >> 1))
#define U64_MAX		((u64)~0ULL)
#define S64_MAX		((s64)(U64_MAX >> 1))

#endif
