// SPDX-License-Identifier: GPL-2.0
/*
 * Hashes that tell a script nothing. It sees the order of a table, which shows the
 * hash of each key; an object's must not show its address.
 */
#include <linux/container_of.h>
#include <linux/random.h>
#include <linux/siphash.h>

#include "klua.h"

unsigned int klua_random(void)
{
	return get_random_u32();
}

unsigned int klua_hash_pointer(const struct klua_meter *meter, const void *p)
{
	const struct klua *klua = container_of(meter, struct klua, meter);

	return siphash_1u64((unsigned long)p, &klua->secret);
}
