/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel's hash table as net/lua uses, as a list: a dictionary of
 * one connection's test is small.
 */
#ifndef _LUA_HOST_RHASHTABLE_H
#define _LUA_HOST_RHASHTABLE_H

#include <linux/errno.h>
#include <linux/list.h>
#include <linux/string.h>
#include <linux/types.h>

struct rhash_head {
	struct rhash_head *next;
};

struct rhashtable {
	struct rhash_head *first;
	size_t head_offset;
};

struct rhashtable_compare_arg {
	const void *key;
};

struct rhashtable_params {
	size_t head_offset;
	size_t key_offset;
	size_t key_len;
	bool automatic_shrinking;
	u32 (*hashfn)(const void *data, u32 len, u32 seed);
	u32 (*obj_hashfn)(const void *data, u32 len, u32 seed);
	int (*obj_cmpfn)(struct rhashtable_compare_arg *arg, const void *obj);
};

static inline int rhashtable_init(struct rhashtable *table,
				  const struct rhashtable_params *params)
{
	table->first = NULL;
	table->head_offset = params->head_offset;
	return 0;
}

static inline void *rhashtable_lookup_fast(struct rhashtable *table, const void *key,
					   const struct rhashtable_params params)
{
	struct rhashtable_compare_arg arg = { .key = key };
	struct rhash_head *head;

	for (head = table->first; head; head = head->next) {
		void *obj = (char *)head - params.head_offset;

		if (params.obj_cmpfn ? !params.obj_cmpfn(&arg, obj) :
				       !memcmp(obj + params.key_offset, key, params.key_len))
			return obj;
	}
	return NULL;
}

static inline int rhashtable_insert_fast(struct rhashtable *table,
					 struct rhash_head *head,
					 const struct rhashtable_params params)
{
	head->next = table->first;
	table->first = head;
	return 0;
}

static inline int rhashtable_remove_fast(struct rhashtable *table,
					 struct rhash_head *head,
					 const struct rhashtable_params params)
{
	struct rhash_head **at = &table->first;

	while (*at && *at != head)
		at = &(*at)->next;
	if (!*at)
		return -ENOENT;
	*at = head->next;
	return 0;
}

static inline int rhashtable_replace_fast(struct rhashtable *table,
					  struct rhash_head *old,
					  struct rhash_head *new,
					  const struct rhashtable_params params)
{
	rhashtable_remove_fast(table, old, params);
	return rhashtable_insert_fast(table, new, params);
}

static inline void
rhashtable_free_and_destroy(struct rhashtable *table,
			    void (*free_fn)(void *obj, void *arg), void *arg)
{
	struct rhash_head *head;

	while ((head = table->first)) {
		table->first = head->next;
		free_fn((char *)head - table->head_offset, arg);
	}
}

#endif
