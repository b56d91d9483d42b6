/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Networks of a test's own: two namespaces with a cable between them, which
 * may lose, repeat, delay and reorder what goes through.
 */
#ifndef LUA_PATH_H
#define LUA_PATH_H

#include <stdbool.h>

/**
 * struct lua_path - what a cable does
 * @netem: to packets, both ways, in the words of tc(8); NULL for nothing
 * @mtu: bytes of a packet; 0 for 1500
 * @no_tso: the sender cuts segments, as a network card without TSO needs it
 * @no_sg: they lie in one piece, as a card without scatter-gather needs it
 * @gro: the receiver puts them together again
 */
struct lua_path {
	const char *netem;
	int mtu;
	bool no_tso;
	bool no_sg;
	bool gro;
};

/* Lay a cable. Where the calling process lives then, lua_path_listen() makes
 * listeners at the one end, and sockets that connect are at the other.
 */
int lua_path_lay(const struct lua_path *path);
int lua_path_listen(int family);
/* Set net/... for the listeners. */
int lua_path_sysctl(const char *name, const char *value);

#endif /* LUA_PATH_H */
