// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scripts.
 *
 * A script is compiled once, by the socket that loads it. What comes out never
 * changes and is shared by that socket and by all connections it accepts; each
 * of them fills its own sandbox from it.
 */
#include <kunit/visibility.h>
#include <linux/err.h>
#include <linux/lua.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "lua_ulp.h"

/**
 * lua_code_new - room for a script
 * @len: bytes of its text
 *
 * Context: process context
 * Return: a script to be filled in and compiled, or NULL
 */
struct lua_code *lua_code_new(size_t len)
{
	struct lua_code *code;

	code = kvzalloc(struct_size(code, text, len), GFP_KERNEL_ACCOUNT);
	if (!code)
		return NULL;
	refcount_set(&code->ref, 1);
	code->len = len;
	return code;
}
EXPORT_SYMBOL_IF_KUNIT(lua_code_new);

/**
 * lua_code_put - drop a reference on a script
 * @code: script, or NULL
 *
 * Context: process context or softirq
 */
void lua_code_put(struct lua_code *code)
{
	if (!code || !refcount_dec_and_test(&code->ref))
		return;
	klua_image_free(code->image);
	klua_chunk_free(code->chunk);
	lua_dict_put(code->dict);
	kvfree(code);
}
EXPORT_SYMBOL_IF_KUNIT(lua_code_put);

/**
 * lua_code_image - what states of a script are made from
 * @code: script
 *
 * Return: the image, or NULL if there is none
 */
struct klua_image *lua_code_image(const struct lua_code *code)
{
	struct klua_image *image = READ_ONCE(code->image);

	return IS_ERR(image) ? NULL : image;
}

/**
 * lua_code_make_image - make what further states of a script are made from
 * @code: script
 * @klua: sandbox that is about to run it
 *
 * Without it, each state is made as the first one was. A lack of memory, or a signal,
 * may pass; that a script cannot have one does not.
 *
 * Context: process context
 */
void lua_code_make_image(struct lua_code *code, struct klua *klua)
{
	struct klua_image *image;

	if (READ_ONCE(code->image))
		return;
	image = klua_image_new(klua, code->chunk);
	if (IS_ERR(image) && PTR_ERR(image) != -EINVAL)
		return;
	/* another socket may have made one at the same time */
	if (cmpxchg(&code->image, NULL, image))
		klua_image_free(image);
}

/**
 * lua_prog_new - a script with its hooks and its policy
 * @code: script, or NULL; the program takes a reference of its own
 * @old: a program whose hooks and policy it has, or NULL for none
 *
 * Context: process context
 * Return: the program, with one reference, or NULL
 */
struct lua_prog *lua_prog_new(struct lua_code *code, const struct lua_prog *old)
{
	struct lua_prog *prog = kzalloc_obj(*prog, GFP_KERNEL_ACCOUNT);

	if (!prog)
		return NULL;
	refcount_set(&prog->ref, 1);
	if (code)
		refcount_inc(&code->ref);
	prog->code = code;
	if (old) {
		memcpy(prog->hook, old->hook, sizeof(prog->hook));
		prog->policy = old->policy;
	}
	return prog;
}

static void prog_free(struct rcu_head *rcu)
{
	struct lua_prog *prog = container_of(rcu, struct lua_prog, rcu);

	lua_code_put(prog->code);
	kfree(prog);
}

/**
 * lua_prog_put - drop a reference on a program
 * @prog: program, or NULL
 *
 * Softirq may be about to take a reference, so the program stays for a grace
 * period.
 *
 * Context: process context or softirq
 */
void lua_prog_put(struct lua_prog *prog)
{
	if (prog && refcount_dec_and_test(&prog->ref))
		call_rcu(&prog->rcu, prog_free);
}

/**
 * lua_prog_fill - run a program's main chunk in a sandbox and find its hooks
 * @klua: sandbox
 * @prog: program
 *
 * Context: process context
 * Return: 0, -ENOENT if a hook is missing, or what klua_run() returned
 */
int lua_prog_fill(struct klua *klua, const struct lua_prog *prog)
{
	struct lua_env *env = klua_private(klua);
	int err;

	env->code = prog->code;
	env->privileged = prog->code->privileged;
	err = klua_run(klua, prog->code->chunk);
	for (unsigned int i = 0; i < __SS_LUA_HOOK_MAX && !err; i++) {
		if (lua_prog_has(prog, i))
			err = lua_hook_bind(klua, i, prog->hook[i]);
	}
	return err;
}
