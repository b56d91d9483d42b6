/* SPDX-License-Identifier: GPL-2.0 */
/* A hash, if not a good one. */
#ifndef _KLUA_HOST_LINUX_SIPHASH_H
#define _KLUA_HOST_LINUX_SIPHASH_H

#include <linux/types.h>
#include <klua_host.h>

#define siphash_key_t	struct siphash_key

struct siphash_key {
	u64 key[2];
};

/* lib/lua hashes addresses with it. */
static inline u64 siphash_1u64(u64 value, const siphash_key_t *key)
{
	return klua_host_hash((void *)value) * (key->key[0] | 1) >> 32;
}

#endif
