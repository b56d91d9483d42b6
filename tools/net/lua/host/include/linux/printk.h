/* SPDX-License-Identifier: GPL-2.0 */
/* A library that does not compile is an error of ours, and shown by who started. */
#ifndef _LUA_HOST_PRINTK_H
#define _LUA_HOST_PRINTK_H

#define pr_err(...)	((void)0)

#endif
