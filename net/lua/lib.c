// SPDX-License-Identifier: GPL-2.0-only
/*
 * Libraries that scripts require(): those in C, and those that are written in Lua,
 * in the folder lib/.
 *
 * The latter are compiled once, when the protocol is registered; each sandbox that
 * requires one makes its own functions from that. So a library that cannot be
 * compiled is seen when the kernel is tested, and not when a connection needs it.
 */
#include <linux/array_size.h>
#include <linux/cache.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/lua.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "lua_ulp.h"

/**
 * struct lib_text - a library in Lua
 * @name: what scripts call it
 * @chunk_name: what it is called in errors
 * @text: its text
 */
struct lib_text {
	const char *name;
	const char *chunk_name;
	const char *text;
};

/* texts[], of the files of lib/; they go when the kernel has started */
#include "lib.h"

/* Those in Lua come first, then those in C and the end of the list. */
static struct klua_lib libs[] __ro_after_init = {
	[ARRAY_SIZE(texts)] = { "data", lua_data_open },
	{ "shared", lua_shared_open },
	{ "time", lua_time_open },
	{ }
};

/**
 * lua_lib_connect - let a script require the libraries
 * @klua: sandbox
 */
void lua_lib_connect(struct klua *klua)
{
	klua_set_libs(klua, libs);
}

static int __init compile(struct klua *klua, const struct lib_text *lib,
			  struct klua_lib *to)
{
	struct klua_chunk *chunk;

	chunk = klua_compile(klua, lib->text, strlen(lib->text), lib->chunk_name);
	if (IS_ERR(chunk)) {
		pr_err("lua: library '%s': %s\n", lib->name, klua_error(klua));
		return PTR_ERR(chunk);
	}
	to->name = lib->name;
	to->chunk = chunk;
	return 0;
}

/**
 * lua_lib_init - compile the libraries
 *
 * Context: process context, before there is a sandbox that may require them
 * Return: 0, or a negative error
 */
int __init lua_lib_init(void)
{
	const struct klua_limits limits = {
		.max_memory = SZ_4M,
		.max_instructions = U64_MAX,
	};
	struct klua *klua = klua_create(&limits);
	int err = 0;

	if (IS_ERR(klua))
		return PTR_ERR(klua);
	for (int i = 0; i < ARRAY_SIZE(texts) && !err; i++)
		err = compile(klua, &texts[i], &libs[i]);
	klua_free(klua);
	if (err)
		lua_lib_exit();
	return err;
}

/**
 * lua_lib_exit - free what was compiled
 *
 * Context: process context, when no sandbox is left
 */
void lua_lib_exit(void)
{
	for (int i = 0; i < ARRAY_SIZE(texts); i++)
		klua_chunk_free(libs[i].chunk);
}
