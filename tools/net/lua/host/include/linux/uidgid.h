/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LUA_HOST_UIDGID_H
#define _LUA_HOST_UIDGID_H

typedef struct { unsigned int val; } kuid_t;

#endif
