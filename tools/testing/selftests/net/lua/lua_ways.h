/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways to read a socket, each as a function like recv(). A new one is a row of
 * the table, and is then tried with every verdict and every way to send.
 */
#ifndef LUA_WAYS_H
#define LUA_WAYS_H

#include "lua_sock.h"

struct lua_way {
	const char *name;
	lua_read_fn *read;
};

extern const struct lua_way lua_ways[];
/* Those that this kernel has */
unsigned int lua_num_ways(void);

#endif /* LUA_WAYS_H */
