/* SPDX-License-Identifier: GPL-2.0 */
/* Calls in which something fails: an allocation, or a copy from or to user space. */
#ifndef LUA_FAULT_H
#define LUA_FAULT_H

#include <stdbool.h>

/* Can this kernel do it? Fails allocations that may sleep, too, from then on. */
bool lua_can_fail(void);

/* Let the n-th from here on fail, in this thread; 0: none. Returns how many were left of
 * the last n: 0 if it came to that; or -1.
 */
int lua_fail_nth(int n);

#endif /* LUA_FAULT_H */
