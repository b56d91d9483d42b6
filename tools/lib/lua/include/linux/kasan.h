/* SPDX-License-Identifier: GPL-2.0 */
/* The address sanitizer of user space, where KLUA_HOST_ASAN is defined. */
#ifndef _KLUA_HOST_LINUX_KASAN_H
#define _KLUA_HOST_LINUX_KASAN_H

#include <linux/types.h>

#define KASAN_SHADOW_SCALE_SHIFT	3
/* of x86_64 */
#define kasan_mem_to_shadow(addr)	\
	((void *)(((unsigned long)(addr) >> KASAN_SHADOW_SCALE_SHIFT) + 0x7fff8000))

#endif
