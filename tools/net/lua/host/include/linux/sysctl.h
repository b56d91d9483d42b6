/* SPDX-License-Identifier: GPL-2.0 */
/* See netns.c. */
#ifndef _LUA_HOST_SYSCTL_H
#define _LUA_HOST_SYSCTL_H

#include <linux/types.h>

struct ctl_table;

/* only their addresses are of use: they tell the types apart */
int proc_douintvec_minmax(void);
int proc_doulongvec_minmax(void);

struct ctl_table {
	const char *procname;
	void *data;
	int maxlen;
	unsigned short mode;
	int (*proc_handler)(void);
	void *extra1, *extra2;
};

struct ctl_table_header {
	const struct ctl_table *ctl_table_arg;
	size_t size;
};

extern const int lua_host_zero_one[2];
#define SYSCTL_ZERO	((void *)&lua_host_zero_one[0])
#define SYSCTL_ONE	((void *)&lua_host_zero_one[1])

#endif
