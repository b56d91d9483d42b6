// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the sockets of a network namespace may have together: states, the memory
 * of those, and that of dictionaries.
 *
 * A socket that dies in softirq leaves its state to a work item, which may run
 * when the namespace is gone, and so do dictionaries. So a quota is counted, and
 * lives as long as the last of them.
 */
#include <linux/sizes.h>
#include <linux/slab.h>

#include "lua_ulp.h"

/* A new state takes less. */
#define STATE_SIZE	SZ_32K

/**
 * lua_quota_new - a namespace's quota
 * @max_states: states that there may be
 * @max_memory: bytes that they may have
 * @max_dicts: bytes that dictionaries may have
 *
 * Context: process context
 * Return: the quota, with one reference, or NULL
 */
struct lua_quota *lua_quota_new(unsigned int max_states, unsigned long max_memory,
				unsigned long max_dicts)
{
	struct lua_quota *quota = kzalloc_obj(*quota, GFP_KERNEL);

	if (!quota)
		return NULL;
	refcount_set(&quota->ref, 1);
	quota->max_states = max_states;
	quota->memory.max = max_memory;
	quota->dicts.max = max_dicts;
	return quota;
}

/**
 * lua_quota_put - drop a reference on a quota
 * @quota: quota
 */
void lua_quota_put(struct lua_quota *quota)
{
	if (refcount_dec_and_test(&quota->ref))
		kfree(quota);
}

/**
 * lua_quota_enter - there will be a state more
 * @quota: quota of its namespace
 *
 * Return: 0, or -ENOBUFS if there are as many as there may be
 */
int lua_quota_enter(struct lua_quota *quota)
{
	if (atomic_inc_return(&quota->states) > READ_ONCE(quota->max_states)) {
		atomic_dec(&quota->states);
		return -ENOBUFS;
	}
	refcount_inc(&quota->ref);
	return 0;
}

/**
 * lua_quota_leave - a state is gone, and its memory
 * @quota: quota that it entered
 */
void lua_quota_leave(struct lua_quota *quota)
{
	atomic_dec(&quota->states);
	lua_quota_put(quota);
}

/**
 * lua_quota_take - there will be a dictionary more
 * @quota: quota of its namespace
 * @size: bytes that it may need
 *
 * Return: 0, or -ENOBUFS if there are not as many left
 */
int lua_quota_take(struct lua_quota *quota, size_t size)
{
	unsigned long max = READ_ONCE(quota->dicts.max);

	/* the sum of more could wrap */
	if (size > max)
		return -ENOBUFS;
	if (atomic_long_add_return(size, &quota->dicts.used) > max) {
		atomic_long_sub(size, &quota->dicts.used);
		return -ENOBUFS;
	}
	refcount_inc(&quota->ref);
	return 0;
}

/**
 * lua_quota_return - a dictionary is gone
 * @quota: quota that it took from
 * @size: bytes that it took
 */
void lua_quota_return(struct lua_quota *quota, size_t size)
{
	atomic_long_sub(size, &quota->dicts.used);
	lua_quota_put(quota);
}

/**
 * lua_quota_error - why there is no state
 * @quota: quota
 * @err: what making one failed with
 *
 * Return: text for SS_LUA_ERROR
 */
const char *lua_quota_error(const struct lua_quota *quota, int err)
{
	if (err == -ENOBUFS)
		return "no state: limit of the namespace (max_states) reached";
	if (err == -EOVERFLOW)
		return "no state: C stack overflow";
	if (err == -EINTR)
		return "no state: interrupted by a fatal signal";
	if (atomic_long_read(&quota->memory.used) + STATE_SIZE >
	    READ_ONCE(quota->memory.max))
		return "no memory for a state: limit of the namespace (max_total_memory) reached";
	return "no memory for a state";
}
