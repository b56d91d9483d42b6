/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LUA_HOST_NET_INET_SOCK_H
#define _LUA_HOST_NET_INET_SOCK_H

#include <net/sock.h>

#endif
