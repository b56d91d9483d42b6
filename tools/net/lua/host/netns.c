// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network namespace, and its limits: what is sysctl net.lua.* in a kernel.
 */
#include "lua_ulp.h"
#include "host.h"

struct net init_net;

const int lua_host_zero_one[2] = { 0, 1 };

static struct ctl_table_header limits;
static struct lua_mib mib;

int proc_douintvec_minmax(void)
{
	return 0;
}

int proc_doulongvec_minmax(void)
{
	return 0;
}

struct ctl_table_header *register_net_sysctl_sz(struct net *net, const char *path,
						struct ctl_table *table, size_t size)
{
	limits.ctl_table_arg = table;
	limits.size = size;
	return &limits;
}

void unregister_net_sysctl_table(struct ctl_table_header *header)
{
	header->size = 0;
}

int register_pernet_subsys(struct pernet_operations *ops)
{
	init_net.generic = kzalloc(ops->size, GFP_KERNEL);
	return init_net.generic ? ops->init(&init_net) : -ENOMEM;
}

void unregister_pernet_subsys(struct pernet_operations *ops)
{
	ops->exit(&init_net);
	kfree(init_net.generic);
}

int lua_mib_init(struct net *net)
{
	lua_net(net)->mib = &mib;
	return 0;
}

void lua_mib_exit(struct net *net)
{
}

static const struct ctl_table *find(const char *name)
{
	for (size_t i = 0; i < limits.size; i++) {
		if (!strcmp(limits.ctl_table_arg[i].procname, name))
			return &limits.ctl_table_arg[i];
	}
	return NULL;
}

static u64 read_number(const struct ctl_table *row, const void *from)
{
	if (row->proc_handler == proc_doulongvec_minmax)
		return *(const unsigned long *)from;
	return *(const unsigned int *)from;
}

int lua_host_set_limit(const char *name, unsigned long long value)
{
	const struct ctl_table *row = find(name);

	if (!row)
		return -ENOENT;
	if (value < read_number(row, row->extra1) ||
	    value > read_number(row, row->extra2))
		return -ERANGE;
	if (row->proc_handler == proc_doulongvec_minmax)
		*(unsigned long *)row->data = value;
	else
		*(unsigned int *)row->data = value;
	return 0;
}
