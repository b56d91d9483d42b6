/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LUA_HOST_CACHE_H
#define _LUA_HOST_CACHE_H

#include_next <linux/cache.h>

#define __ro_after_init

#endif
