// SPDX-License-Identifier: GPL-2.0
/*
 * Functions for hooks, as a text: [HOOK=]FUNCTION, with commas between them.
 */
#include <stdio.h>
#include <string.h>

#include "hooks.h"

static const char *const names[__SS_LUA_HOOK_MAX] = {
	[SS_LUA_HOOK_RECEIVE]	= "receive",
	[SS_LUA_HOOK_SEND]	= "send",
	[SS_LUA_HOOK_ACCEPT]	= "accept",
	[SS_LUA_HOOK_CONNECT]	= "connect",
	[SS_LUA_HOOK_CLOSE]	= "close",
};

const char *hook_name(unsigned int hook)
{
	return hook < __SS_LUA_HOOK_MAX ? names[hook] : "?";
}

/* The hook that @text begins with; @rest is what follows the '=' */
static unsigned int find(const char *text, const char **rest)
{
	for (unsigned int hook = 0; hook < __SS_LUA_HOOK_MAX; hook++) {
		size_t len = strlen(names[hook]);

		if (!strncmp(text, names[hook], len) && text[len] == '=') {
			*rest = text + len + 1;
			return hook;
		}
	}
	*rest = text;
	return SS_LUA_HOOK_RECEIVE;
}

/* hooks_parse() - add those of @text; false if it is none */
bool hooks_parse(struct hooks *hooks, const char *text)
{
	const char *function;
	unsigned int hook;
	size_t len;

	do {
		hook = find(text, &function);
		len = strcspn(function, ",");
		if (!len || len >= SS_LUA_NAME_MAX || memchr(function, '=', len))
			return false;
		memcpy(hooks->name[hook], function, len);
		hooks->name[hook][len] = '\0';
		text = function + len + 1;
	} while (function[len]);
	return true;
}

/* hooks_print() - what hooks_parse() understands */
void hooks_print(const struct hooks *hooks, char text[HOOKS_TEXT_MAX])
{
	size_t at = 0;

	text[0] = '\0';
	for (unsigned int hook = 0; hook < __SS_LUA_HOOK_MAX; hook++) {
		if (hooks->name[hook][0])
			at += snprintf(text + at, HOOKS_TEXT_MAX - at, "%s%s=%s",
				       at ? "," : "", names[hook], hooks->name[hook]);
	}
}

/* hooks_default() - if there are none, the usual one */
void hooks_default(struct hooks *hooks)
{
	for (unsigned int hook = 0; hook < __SS_LUA_HOOK_MAX; hook++) {
		if (hooks->name[hook][0])
			return;
	}
	strcpy(hooks->name[SS_LUA_HOOK_RECEIVE], HOOKS_DEFAULT);
}
