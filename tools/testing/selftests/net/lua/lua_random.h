/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Chance that can be repeated, and scripts that it writes.
 */
#ifndef LUA_RANDOM_H
#define LUA_RANDOM_H

#include <stdint.h>
#include <stddef.h>

struct lua_dice {
	uint64_t state;
};

/* What follows depends on these three numbers, and on nothing else. */
struct lua_dice lua_dice_of(uint64_t seed, uint64_t thread, uint64_t call);
/* 0 to @sides - 1 */
unsigned int lua_roll(struct lua_dice *dice, unsigned int sides);

/* A bit of everything: letters, lines, requests, zeros */
void lua_random_bytes(struct lua_dice *dice, char *bytes, size_t len);

/* Names that lua_random_script() gives to its hooks, by SS_LUA_HOOK_* */
extern const char * const lua_random_hooks[];

/* Mostly a script with all hooks. Without a NUL; returns its length. */
#define LUA_RANDOM_SCRIPT_MAX	16384
size_t lua_random_script(struct lua_dice *dice, char *text);
/* Mostly none */
size_t lua_random_garbage(struct lua_dice *dice, char *text);

#endif /* LUA_RANDOM_H */
