/* SPDX-License-Identifier: GPL-2.0 */
/* Only for luaL_fileresult(), which nothing calls. User-mode Linux defines one. */
#ifndef _LUA_LIBC_ERRNO_H
#define _LUA_LIBC_ERRNO_H

#undef errno
#define errno 0

#endif
