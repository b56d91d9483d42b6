/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which function of a script judges what: for the tool, and for the library that
 * it puts into programs.
 */
#ifndef _LUA_ULP_HOOKS_H
#define _LUA_ULP_HOOKS_H

#include <stdbool.h>

#include <linux/lua.h>

/* what judges received data if nothing else is said */
#define HOOKS_DEFAULT	"process"

/* The longest text that hooks_print() makes, with its NUL */
#define HOOKS_TEXT_MAX	(__SS_LUA_HOOK_MAX * (SS_LUA_NAME_MAX + 10))

/**
 * struct hooks - functions
 * @name: by SS_LUA_HOOK_*; "" for none
 */
struct hooks {
	char name[__SS_LUA_HOOK_MAX][SS_LUA_NAME_MAX];
};

const char *hook_name(unsigned int hook);
bool hooks_parse(struct hooks *hooks, const char *text);
void hooks_print(const struct hooks *hooks, char text[HOOKS_TEXT_MAX]);
void hooks_default(struct hooks *hooks);

#endif
