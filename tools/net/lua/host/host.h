/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of this folder share.
 */
#ifndef _HOST_H
#define _HOST_H

#include <linux/types.h>

#include "lua_host.h"

/* What the kernel calls a script, too */
#define LUA_HOST_CHUNK	"=script"

struct sock;
struct lua_State;
struct klua_jmpbuf;

/* blame.c: the linker has the first called in the place of klua_throw(), which is
 * the second for it (--wrap).
 */
void __wrap_klua_throw(struct lua_State *L, struct klua_jmpbuf *env, int status);
void __real_klua_throw(struct lua_State *L, struct klua_jmpbuf *env, int status);

/* sock.c */
extern struct sock lua_host_sk;

/* stream.c */
void lua_host_tell(enum lua_host_event event, const void *bytes, size_t len);

#endif
