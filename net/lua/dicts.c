// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which dictionaries there are.
 *
 * A script's belongs to its compiled form: it is there for as long as any socket
 * has the script, and nobody else can find it.
 *
 * One with a name belongs to the network namespace: connections come and go, and
 * what they have counted must not go with the last of them. It stays until a
 * script removes it or the namespace ends. Who has privilege in the namespace
 * shares names with all who have; others have names of their own, by user.
 *
 * A sandbox that has found one by its name holds a reference until it ends. To
 * leave that to the collector would not do: a finalizer is skipped when memory,
 * stack or instructions run out.
 */
#include <linux/cred.h>

#include "lua_ulp.h"

static const struct rhashtable_params name_params = {
	.head_offset = offsetof(struct lua_dict, node),
	.key_offset = offsetof(struct lua_dict, name),
	.key_len = sizeof(struct lua_dict_name),
	.automatic_shrinking = true,
};

/**
 * lua_dicts_script - the dictionary of the script that runs
 * @env: of its sandbox
 * @size: bytes that it may take, if it must be made
 *
 * Context: process context
 * Return: the dictionary, which is there for longer than the sandbox, or
 *	ERR_PTR() as lua_dict_new() has it
 */
struct lua_dict *lua_dicts_script(const struct lua_env *env, size_t size)
{
	struct lua_dict *dict = READ_ONCE(env->code->dict), *new;

	if (dict)
		return dict;
	new = lua_dict_new(env->quota, size);
	if (IS_ERR(new))
		return new;
	/* Another socket of the script may be asking, too. */
	dict = cmpxchg(&env->code->dict, NULL, new);
	if (!dict)
		return new;
	lua_dict_put(new);
	return dict;
}

static void set_name(struct lua_dict_name *name, const struct lua_env *env,
		     const char *text, size_t len)
{
	memset(name, 0, sizeof(*name));
	name->owner = env->code->owner;
	name->len = len;
	memcpy(name->text, text, len);
}

/* Who was faster has made it, or the caller has: @new, with the name. */
static struct lua_dict *find_or_insert(struct lua_dicts *dicts,
				       const struct lua_dict_name *name,
				       struct lua_dict **new)
{
	struct lua_dict *dict;

	dict = rhashtable_lookup_fast(&dicts->table, name, name_params);
	if (dict || !*new)
		return dict;
	dict = *new;
	dict->name = *name;
	if (rhashtable_insert_fast(&dicts->table, &dict->node, name_params))
		return ERR_PTR(-ENOMEM);
	*new = NULL;
	return dict;
}

/* The place for a reference on @dict: a free one, or the one where it is held. */
static struct lua_dict **find_place(struct lua_env *env, struct lua_dict *dict)
{
	int i;

	for (i = 0; i < LUA_ENV_DICTS && env->dicts[i]; i++) {
		if (env->dicts[i] == dict)
			break;
	}
	return i < LUA_ENV_DICTS ? &env->dicts[i] : NULL;
}

static struct lua_dict *hold(struct lua_env *env, struct lua_dict *dict)
{
	struct lua_dict **place = find_place(env, dict);

	if (!place)
		return ERR_PTR(-EMFILE);
	if (!*place)
		refcount_inc(&dict->ref);
	*place = dict;
	return dict;
}

/**
 * lua_dicts_release - a sandbox ends
 * @env: of that sandbox
 *
 * Context: process context
 */
void lua_dicts_release(struct lua_env *env)
{
	for (int i = 0; i < LUA_ENV_DICTS; i++)
		lua_dict_put(env->dicts[i]);
}

/**
 * lua_dicts_named - a dictionary with a name
 * @env: of the sandbox that wants it
 * @text: the name
 * @len: its bytes, at most %SS_LUA_NAME_MAX
 * @size: bytes that it may take, if it must be made
 *
 * Context: process context
 * Return: the dictionary, which the sandbox holds from now on, or ERR_PTR() as
 *	lua_dict_new() has it, or -EMFILE if it holds too many
 */
struct lua_dict *lua_dicts_named(struct lua_env *env, const char *text,
				 size_t len, size_t size)
{
	struct lua_dicts *dicts = &lua_net(env->net)->dicts;
	struct lua_dict *dict, *new = NULL;
	struct lua_dict_name name;

	set_name(&name, env, text, len);
	mutex_lock(&dicts->lock);
	dict = find_or_insert(dicts, &name, &new);
	if (!dict) {
		/* Not with the lock held: that may take as long as reclaim takes. */
		mutex_unlock(&dicts->lock);
		if (!find_place(env, NULL))
			return ERR_PTR(-EMFILE);
		new = lua_dict_new(env->quota, size);
		if (IS_ERR(new))
			return new;
		mutex_lock(&dicts->lock);
		dict = find_or_insert(dicts, &name, &new);
	}
	if (!IS_ERR(dict))
		dict = hold(env, dict);
	mutex_unlock(&dicts->lock);
	lua_dict_put(new);
	return dict;
}

/**
 * lua_dicts_remove - take a dictionary its name; who has it can go on using it
 * @env: of the sandbox that wants it
 * @text: the name
 * @len: its bytes, at most %SS_LUA_NAME_MAX
 *
 * Context: process context
 * Return: false if there is none of that name
 */
bool lua_dicts_remove(const struct lua_env *env, const char *text, size_t len)
{
	struct lua_dicts *dicts = &lua_net(env->net)->dicts;
	struct lua_dict_name name;
	struct lua_dict *dict;

	set_name(&name, env, text, len);
	mutex_lock(&dicts->lock);
	dict = rhashtable_lookup_fast(&dicts->table, &name, name_params);
	if (dict)
		rhashtable_remove_fast(&dicts->table, &dict->node, name_params);
	mutex_unlock(&dicts->lock);
	lua_dict_put(dict);
	return dict;
}

int lua_dicts_init(struct lua_dicts *dicts)
{
	mutex_init(&dicts->lock);
	return rhashtable_init(&dicts->table, &name_params);
}

static void put_dict(void *dict, void *arg)
{
	lua_dict_put(dict);
}

/* The namespace ends; its sockets have ended. */
void lua_dicts_exit(struct lua_dicts *dicts)
{
	rhashtable_free_and_destroy(&dicts->table, put_dict, NULL);
	mutex_destroy(&dicts->lock);
}
