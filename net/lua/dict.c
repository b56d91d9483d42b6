// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dictionaries: what scripts of many sockets, on all CPUs, remember together.
 *
 * An entry is one block: key and value. All blocks of a dictionary have a size
 * that they may take together; what was not used for the longest time makes room
 * for what is new. An entry that has expired is as good as gone, and leaves when
 * somebody comes across it.
 *
 * A mutex guards all of a dictionary, also against readers, as reading is using.
 * Entries are found under it only, so they need no grace period. Under it nothing
 * is allocated or freed but by the hash table: it is held for as long as the work
 * on the table takes, whatever state the holder's memory cgroup is in.
 */
#include <linux/cache.h>
#include <linux/jhash.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "lua_ulp.h"

/* What the dictionary itself takes, with the smallest hash table. */
#define DICT_SIZE	SZ_1K

/* What an entry takes in the hash table, also while that grows. */
#define ENTRY_BUCKETS	(4 * sizeof(void *))

/* How many entries that nobody uses are looked at when there is a new one */
#define REAP		2

/**
 * struct lua_entry - a key with its value
 * @node: in the hash table
 * @lru: in the dictionary's list, or in one of what is to be freed
 * @expires: when, in ns of ktime_get_ns(); 0: never
 * @integer: an integer's or a boolean's value
 * @size: bytes that it counts for
 * @type: of the value
 * @key_len: bytes of the key
 * @len: bytes of a string's value
 * @bytes: the key, and then a string's value
 */
struct lua_entry {
	struct rhash_head node;
	struct list_head lru;
	u64 expires;
	s64 integer;
	size_t size;
	enum lua_dict_type type;
	u32 key_len;
	u32 len;
	char bytes[];
};

static struct workqueue_struct *lua_dict_wq __ro_after_init;

static u32 hash_key(const void *data, u32 len, u32 seed)
{
	const struct lua_dict_key *key = data;

	return jhash(key->bytes, key->len, seed);
}

static u32 hash_entry(const void *data, u32 len, u32 seed)
{
	const struct lua_entry *entry = data;

	return jhash(entry->bytes, entry->key_len, seed);
}

static int compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct lua_dict_key *key = arg->key;
	const struct lua_entry *entry = obj;

	return key->len != entry->key_len ||
	       memcmp(key->bytes, entry->bytes, key->len);
}

static const struct rhashtable_params entry_params = {
	.head_offset = offsetof(struct lua_entry, node),
	.hashfn = hash_key,
	.obj_hashfn = hash_entry,
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

static u64 expiry(u64 ttl)
{
	return ttl ? ktime_get_ns() + ttl * NSEC_PER_MSEC : 0;
}

static bool expired(const struct lua_entry *entry, u64 now)
{
	return entry->expires && entry->expires <= now;
}

static struct lua_entry *entry_new(const struct lua_dict_key *key,
				   const struct lua_dict_value *value, u64 ttl)
{
	u32 len = value->type == LUA_DICT_STRING ? value->len : 0;
	struct lua_entry *entry;
	size_t size = struct_size(entry, bytes, key->len + len);

	entry = kvmalloc(size, GFP_LUA);
	if (!entry)
		return NULL;
	entry->expires = expiry(ttl);
	entry->integer = value->integer;
	entry->size = kmalloc_size_roundup(size) + ENTRY_BUCKETS;
	entry->type = value->type;
	entry->key_len = key->len;
	entry->len = len;
	memcpy(entry->bytes, key->bytes, key->len);
	memcpy(entry->bytes + key->len, value->bytes, len);
	return entry;
}

static void free_entries(struct list_head *doomed)
{
	struct lua_entry *entry, *next;

	list_for_each_entry_safe(entry, next, doomed, lru) {
		kvfree(entry);
		cond_resched();
	}
}

/* Takes an entry, which is no longer in the table, out of the account. */
static void doom(struct lua_dict *dict, struct lua_entry *entry,
		 struct list_head *doomed)
{
	list_move(&entry->lru, doomed);
	dict->used -= entry->size;
	WRITE_ONCE(dict->count, dict->count - 1);
}

static void drop(struct lua_dict *dict, struct lua_entry *entry,
		 struct list_head *doomed)
{
	rhashtable_remove_fast(&dict->entries, &entry->node, entry_params);
	doom(dict, entry, doomed);
}

/* Finds a living entry, which then is the one that was used last. */
static struct lua_entry *find(struct lua_dict *dict,
			      const struct lua_dict_key *key, u64 now,
			      struct list_head *doomed)
{
	struct lua_entry *entry;

	entry = rhashtable_lookup_fast(&dict->entries, key, entry_params);
	if (!entry)
		return NULL;
	if (expired(entry, now)) {
		drop(dict, entry, doomed);
		return NULL;
	}
	list_move(&entry->lru, &dict->lru);
	return entry;
}

/* Room for @size bytes, when those of @old will be gone. That one stays: it is
 * alive at @now, and as it was used last, there is enough before it is reached.
 */
static unsigned int make_room(struct lua_dict *dict, size_t size,
			      const struct lua_entry *old, u64 now,
			      struct list_head *doomed)
{
	size_t gone = old ? old->size : 0;
	unsigned int evicted = 0;
	struct lua_entry *last;

	for (int i = 0; !list_empty(&dict->lru); i++) {
		last = list_last_entry(&dict->lru, struct lua_entry, lru);
		if (dict->used - gone + size > dict->max)
			evicted += !expired(last, now);
		else if (i >= REAP || !expired(last, now))
			break;
		drop(dict, last, doomed);
	}
	return evicted;
}

/* Puts @entry into the place of @old, or into a new one. */
static int store(struct lua_dict *dict, struct lua_entry *entry,
		 struct lua_entry *old, u64 now, unsigned int *evicted,
		 struct list_head *doomed)
{
	int err;

	if (entry->size > dict->max - DICT_SIZE)
		return -ENOMEM;
	*evicted = make_room(dict, entry->size, old, now, doomed);
	if (old)
		err = rhashtable_replace_fast(&dict->entries, &old->node,
					      &entry->node, entry_params);
	else
		err = rhashtable_insert_fast(&dict->entries, &entry->node,
					     entry_params);
	if (err)
		return -ENOMEM;
	if (old)
		doom(dict, old, doomed);
	list_add(&entry->lru, &dict->lru);
	dict->used += entry->size;
	WRITE_ONCE(dict->count, dict->count + 1);
	return 0;
}

/**
 * lua_dict_get - look up a key
 * @dict: dictionary
 * @key: key
 * @value: gets the value; of a string, how long it is
 * @to: gets a string's bytes, if they fit
 * @room: bytes at @to
 *
 * Context: process context
 * Return: 0, or -ENOENT
 */
int lua_dict_get(struct lua_dict *dict, const struct lua_dict_key *key,
		 struct lua_dict_value *value, char *to, size_t room)
{
	struct lua_entry *entry;
	LIST_HEAD(doomed);

	mutex_lock(&dict->lock);
	entry = find(dict, key, ktime_get_ns(), &doomed);
	if (entry) {
		value->type = entry->type;
		value->integer = entry->integer;
		value->len = entry->len;
		if (entry->len <= room)
			memcpy(to, entry->bytes + entry->key_len, entry->len);
	}
	mutex_unlock(&dict->lock);
	free_entries(&doomed);
	return entry ? 0 : -ENOENT;
}

/**
 * lua_dict_set - give a key a value
 * @dict: dictionary
 * @how: in which case
 * @key: key
 * @value: value
 * @ttl: milliseconds that it stays, at most %LUA_DICT_TTL_MAX; 0: for ever
 * @evicted: gets how many living entries had to make room
 *
 * Context: process context
 * Return: 0; %LUA_DICT_ADD: -EEXIST; %LUA_DICT_REPLACE: -ENOENT; -ENOMEM if it is
 *	larger than the dictionary, or there is no memory. Nothing has changed
 *	then, but that others may have made room.
 */
int lua_dict_set(struct lua_dict *dict, enum lua_dict_how how,
		 const struct lua_dict_key *key,
		 const struct lua_dict_value *value, u64 ttl,
		 unsigned int *evicted)
{
	struct lua_entry *entry = entry_new(key, value, ttl), *old;
	LIST_HEAD(doomed);
	u64 now;
	int err;

	*evicted = 0;
	if (!entry)
		return -ENOMEM;
	mutex_lock(&dict->lock);
	now = ktime_get_ns();
	old = find(dict, key, now, &doomed);
	if (how == LUA_DICT_ADD && old)
		err = -EEXIST;
	else if (how == LUA_DICT_REPLACE && !old)
		err = -ENOENT;
	else
		err = store(dict, entry, old, now, evicted, &doomed);
	mutex_unlock(&dict->lock);
	if (err)
		kvfree(entry);
	free_entries(&doomed);
	return err;
}

/* Adds to what is there; -ENOENT if nothing is. */
static int add(struct lua_entry *entry, s64 n, s64 *result)
{
	if (!entry)
		return -ENOENT;
	if (entry->type != LUA_DICT_INTEGER)
		return -EINVAL;
	/* wraps, as Lua's integers do */
	entry->integer = (u64)entry->integer + n;
	*result = entry->integer;
	return 0;
}

/**
 * lua_dict_incr - add to an integer
 * @dict: dictionary
 * @key: key
 * @n: what to add
 * @init: what to begin with if there is nothing, or NULL
 * @ttl: milliseconds that it stays then; 0: for ever
 * @result: gets the sum
 * @evicted: gets how many living entries had to make room
 *
 * Context: process context
 * Return: 0, -ENOENT, -EINVAL if the value is no integer, or -ENOMEM
 */
int lua_dict_incr(struct lua_dict *dict, const struct lua_dict_key *key, s64 n,
		  const s64 *init, u64 ttl, s64 *result, unsigned int *evicted)
{
	struct lua_dict_value value = { .type = LUA_DICT_INTEGER };
	struct lua_entry *entry;
	LIST_HEAD(doomed);
	u64 now;
	int err;

	*evicted = 0;
	mutex_lock(&dict->lock);
	err = add(find(dict, key, ktime_get_ns(), &doomed), n, result);
	mutex_unlock(&dict->lock);
	if (err != -ENOENT || !init)
		goto out;

	value.integer = (u64)*init + n;
	entry = entry_new(key, &value, ttl);
	if (!entry) {
		err = -ENOMEM;
		goto out;
	}
	mutex_lock(&dict->lock);
	now = ktime_get_ns();
	/* Somebody else may have been faster. */
	err = add(find(dict, key, now, &doomed), n, result);
	if (err == -ENOENT) {
		*result = value.integer;
		err = store(dict, entry, NULL, now, evicted, &doomed);
		if (!err)
			entry = NULL;
	}
	mutex_unlock(&dict->lock);
	kvfree(entry);
out:
	free_entries(&doomed);
	return err;
}

/**
 * lua_dict_delete - forget a key
 * @dict: dictionary
 * @key: key, which need not be there
 *
 * Context: process context
 */
void lua_dict_delete(struct lua_dict *dict, const struct lua_dict_key *key)
{
	struct lua_entry *entry;
	LIST_HEAD(doomed);

	mutex_lock(&dict->lock);
	entry = find(dict, key, ktime_get_ns(), &doomed);
	if (entry)
		drop(dict, entry, &doomed);
	mutex_unlock(&dict->lock);
	free_entries(&doomed);
}

/**
 * lua_dict_ttl - how long does a key stay?
 * @dict: dictionary
 * @key: key
 * @ttl: gets the milliseconds, at least 1; 0: for ever
 *
 * Context: process context
 * Return: 0, or -ENOENT
 */
int lua_dict_ttl(struct lua_dict *dict, const struct lua_dict_key *key, u64 *ttl)
{
	struct lua_entry *entry;
	LIST_HEAD(doomed);
	u64 now;

	mutex_lock(&dict->lock);
	now = ktime_get_ns();
	entry = find(dict, key, now, &doomed);
	if (entry && entry->expires)
		*ttl = DIV_ROUND_UP_ULL(entry->expires - now, NSEC_PER_MSEC);
	else
		*ttl = 0;
	mutex_unlock(&dict->lock);
	free_entries(&doomed);
	return entry ? 0 : -ENOENT;
}

/**
 * lua_dict_expire - choose anew how long a key stays
 * @dict: dictionary
 * @key: key
 * @ttl: milliseconds; 0: for ever
 *
 * Context: process context
 * Return: 0, or -ENOENT
 */
int lua_dict_expire(struct lua_dict *dict, const struct lua_dict_key *key, u64 ttl)
{
	struct lua_entry *entry;
	LIST_HEAD(doomed);

	mutex_lock(&dict->lock);
	entry = find(dict, key, ktime_get_ns(), &doomed);
	if (entry)
		entry->expires = expiry(ttl);
	mutex_unlock(&dict->lock);
	free_entries(&doomed);
	return entry ? 0 : -ENOENT;
}

/**
 * lua_dict_keys - the keys that there are, those that were used last first
 * @dict: dictionary
 * @max: how many at most
 * @to: gets each as a struct lua_dict_item; NULL: only count the bytes
 * @room: bytes at @to
 *
 * It looks at @max entries, and at those that have expired, which it frees.
 *
 * Context: process context
 * Return: bytes, not more than @room if there is a @to
 */
size_t lua_dict_keys(struct lua_dict *dict, size_t max, void *to, size_t room)
{
	struct lua_entry *entry, *next;
	struct lua_dict_item *item;
	size_t len = 0, size;
	LIST_HEAD(doomed);
	u64 now;

	mutex_lock(&dict->lock);
	now = ktime_get_ns();
	list_for_each_entry_safe(entry, next, &dict->lru, lru) {
		cond_resched();
		if (expired(entry, now)) {
			drop(dict, entry, &doomed);
			continue;
		}
		size = lua_dict_item_size(entry->key_len);
		if (!max-- || (to && size > room - len))
			break;
		if (to) {
			item = to + len;
			item->len = entry->key_len;
			memcpy(item->bytes, entry->bytes, entry->key_len);
		}
		len += size;
	}
	mutex_unlock(&dict->lock);
	free_entries(&doomed);
	return len;
}

/**
 * lua_dict_flush - forget all
 * @dict: dictionary
 *
 * Context: process context
 */
void lua_dict_flush(struct lua_dict *dict)
{
	struct lua_entry *entry, *next;
	LIST_HEAD(doomed);

	mutex_lock(&dict->lock);
	list_for_each_entry_safe(entry, next, &dict->lru, lru) {
		drop(dict, entry, &doomed);
		cond_resched();
	}
	mutex_unlock(&dict->lock);
	free_entries(&doomed);
}

static void free_entry(void *entry, void *arg)
{
	kvfree(entry);
}

static void dict_free(struct work_struct *work)
{
	struct lua_dict *dict = container_of(work, struct lua_dict, free_work);

	rhashtable_free_and_destroy(&dict->entries, free_entry, NULL);
	lua_quota_return(dict->quota, dict->max);
	mutex_destroy(&dict->lock);
	kfree(dict);
}

/**
 * lua_dict_new - make a dictionary
 * @quota: of its namespace
 * @size: bytes that it may take
 *
 * Context: process context
 * Return: the dictionary, with one reference, or ERR_PTR(): -EINVAL if that is
 *	less than %LUA_DICT_MIN; -ENOBUFS if the namespace has not as much left;
 *	-ENOMEM
 */
struct lua_dict *lua_dict_new(struct lua_quota *quota, size_t size)
{
	struct lua_dict *dict;
	int err;

	if (size < LUA_DICT_MIN)
		return ERR_PTR(-EINVAL);
	err = lua_quota_take(quota, size);
	if (err)
		return ERR_PTR(err);
	dict = kzalloc_obj(*dict, GFP_KERNEL_ACCOUNT);
	err = dict ? rhashtable_init(&dict->entries, &entry_params) : -ENOMEM;
	if (err) {
		lua_quota_return(quota, size);
		kfree(dict);
		return ERR_PTR(err);
	}
	refcount_set(&dict->ref, 1);
	mutex_init(&dict->lock);
	INIT_LIST_HEAD(&dict->lru);
	INIT_WORK(&dict->free_work, dict_free);
	dict->quota = quota;
	dict->max = size;
	dict->used = DICT_SIZE;
	return dict;
}

/**
 * lua_dict_put - drop a reference on a dictionary
 * @dict: dictionary, or NULL
 *
 * Context: any; the hash table ends in process context
 */
void lua_dict_put(struct lua_dict *dict)
{
	if (dict && refcount_dec_and_test(&dict->ref))
		queue_work(lua_dict_wq, &dict->free_work);
}

int __init lua_dict_init(void)
{
	lua_dict_wq = alloc_workqueue("lua_dict", WQ_UNBOUND, 0);
	return lua_dict_wq ? 0 : -ENOMEM;
}

/* Nobody has a dictionary any more; the last ones are being freed. */
void lua_dict_exit(void)
{
	destroy_workqueue(lua_dict_wq);
}
