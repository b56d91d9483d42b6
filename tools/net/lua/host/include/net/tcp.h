/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LUA_HOST_NET_TCP_H
#define _LUA_HOST_NET_TCP_H

#include <net/sock.h>

#endif
