/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of this folder share.
 */
#ifndef _HOST_H
#define _HOST_H

#include <linux/types.h>

#include "lua_host.h"

struct sock;

/* sock.c */
extern struct sock lua_host_sk;

/* stream.c */
void lua_host_tell(enum lua_host_event event, const void *bytes, size_t len);

#endif
