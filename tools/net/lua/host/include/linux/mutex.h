/* SPDX-License-Identifier: GPL-2.0 */
/* There is one thread. */
#ifndef _LUA_HOST_MUTEX_H
#define _LUA_HOST_MUTEX_H

struct mutex { };

#define mutex_init(mutex)	((void)(mutex))
#define mutex_destroy(mutex)	((void)(mutex))
#define mutex_lock(mutex)	((void)(mutex))
#define mutex_unlock(mutex)	((void)(mutex))

#endif
