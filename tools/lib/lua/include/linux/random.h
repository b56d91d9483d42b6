/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_RANDOM_H
#define _KLUA_HOST_RANDOM_H

#include <linux/types.h>
#include <klua_host.h>

#define get_random_u32()	((u32)klua_host_random())
#define get_random_u64()	klua_host_random()

static inline void get_random_bytes(void *buf, size_t len)
{
	u8 *bytes = buf;

	while (len--)
		*bytes++ = klua_host_random();
}

#endif
