// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sysctl: net.lua.*
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "lua_ulp.h"

#define LUA_MAX_SCRIPT		(64 * 1024)
#define LUA_MAX_MEMORY		(1024 * 1024)
#define LUA_MAX_INSTRUCTIONS	1000000
#define LUA_MAX_STATES		65536

static unsigned int lua_net_id __read_mostly;

const struct lua_policy lua_default_policy;

/* One for all: who may load a script is not for a namespace to decide. */
static unsigned int unprivileged;

static const unsigned int script_range[] = { 1, 16 * 1024 * 1024 };
static const unsigned int memory_range[] = { 32 * 1024, 256 * 1024 * 1024 };
static const unsigned int instructions_range[] = { 1000, 1000000000 };
static const unsigned int states_range[] = { 0, 16 * 1024 * 1024 };
static const unsigned long total_memory_range[] = { 32 * 1024, LONG_MAX / 2 };
static const unsigned long dict_memory_range[] = { 0, LONG_MAX / 2 };

/* Rows of the table */
enum {
	LUA_CTL_SCRIPT,
	LUA_CTL_MEMORY,
	LUA_CTL_INSTRUCTIONS,
	LUA_CTL_STATES,
	LUA_CTL_TOTAL_MEMORY,
	LUA_CTL_DICT_MEMORY,
	LUA_CTL_UNPRIVILEGED,
};

static const struct ctl_table lua_table[] = {
	[LUA_CTL_SCRIPT] = {
		.procname	= "max_script",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= (void *)&script_range[0],
		.extra2		= (void *)&script_range[1],
	},
	[LUA_CTL_MEMORY] = {
		.procname	= "max_memory",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= (void *)&memory_range[0],
		.extra2		= (void *)&memory_range[1],
	},
	[LUA_CTL_INSTRUCTIONS] = {
		.procname	= "max_instructions",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= (void *)&instructions_range[0],
		.extra2		= (void *)&instructions_range[1],
	},
	[LUA_CTL_STATES] = {
		.procname	= "max_states",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= (void *)&states_range[0],
		.extra2		= (void *)&states_range[1],
	},
	[LUA_CTL_TOTAL_MEMORY] = {
		.procname	= "max_total_memory",
		.maxlen		= sizeof(unsigned long),
		.mode		= 0644,
		.proc_handler	= proc_doulongvec_minmax,
		.extra1		= (void *)&total_memory_range[0],
		.extra2		= (void *)&total_memory_range[1],
	},
	[LUA_CTL_DICT_MEMORY] = {
		.procname	= "max_dict_memory",
		.maxlen		= sizeof(unsigned long),
		.mode		= 0644,
		.proc_handler	= proc_doulongvec_minmax,
		.extra1		= (void *)&dict_memory_range[0],
		.extra2		= (void *)&dict_memory_range[1],
	},
	[LUA_CTL_UNPRIVILEGED] = {
		.procname	= "unprivileged",
		.data		= &unprivileged,
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE,
	},
};

/**
 * lua_net - a network namespace's part
 * @net: namespace
 *
 * Return: its limits and counters
 */
struct lua_net *lua_net(const struct net *net)
{
	return net_generic(net, lua_net_id);
}

/**
 * lua_net_may_attach - may the caller put Lua into a socket?
 *
 * Context: process context
 * Return: true if it may
 */
bool lua_net_may_attach(void)
{
	return READ_ONCE(unprivileged) || capable(CAP_NET_ADMIN);
}

/* 0 is for as much as there is. */
static u64 lower(u64 own, unsigned int max)
{
	return own ? min_t(u64, own, max) : max;
}

/**
 * lua_net_limits - what one sandbox may use
 * @net: namespace
 * @policy: what the socket's owner chose
 * @limits: gets the lower ones of both
 */
void lua_net_limits(const struct net *net, const struct lua_policy *policy,
		    struct klua_limits *limits)
{
	const struct lua_net *ln = lua_net(net);

	limits->max_memory = lower(policy->max_memory,
				   READ_ONCE(ln->max_memory));
	limits->max_instructions = lower(policy->max_instructions,
					 READ_ONCE(ln->max_instructions));
	limits->pool = &ln->quota->memory;
}

static bool suits(u64 own, u64 least, u64 most)
{
	return !own || (own >= least && own <= most);
}

/**
 * lua_net_suits - may a socket have these limits?
 * @net: its namespace
 * @policy: what its owner wants
 *
 * Return: false if they are higher than those of the namespace, or lower than
 *	any may be
 */
bool lua_net_suits(const struct net *net, const struct lua_policy *policy)
{
	const struct lua_net *ln = lua_net(net);

	return suits(policy->max_memory, memory_range[0],
		     READ_ONCE(ln->max_memory)) &&
	       suits(policy->max_instructions, instructions_range[0],
		     READ_ONCE(ln->max_instructions));
}

static int sysctl_init(struct net *net, struct lua_net *ln)
{
	struct ctl_table *table;

	table = kmemdup(lua_table, sizeof(lua_table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	table[LUA_CTL_SCRIPT].data = &ln->max_script;
	table[LUA_CTL_MEMORY].data = &ln->max_memory;
	table[LUA_CTL_INSTRUCTIONS].data = &ln->max_instructions;
	table[LUA_CTL_STATES].data = &ln->quota->max_states;
	table[LUA_CTL_TOTAL_MEMORY].data = &ln->quota->memory.max;
	table[LUA_CTL_DICT_MEMORY].data = &ln->quota->dicts.max;
	if (!net_eq(net, &init_net))
		table[LUA_CTL_UNPRIVILEGED].mode = 0444;

	ln->header = register_net_sysctl_sz(net, "net/lua", table,
					    ARRAY_SIZE(lua_table));
	if (!ln->header) {
		kfree(table);
		return -ENOMEM;
	}
	return 0;
}

static void sysctl_exit(struct lua_net *ln)
{
	const struct ctl_table *table = ln->header->ctl_table_arg;

	unregister_net_sysctl_table(ln->header);
	kfree(table);
}

static int __net_init lua_net_init_one(struct net *net)
{
	struct lua_net *ln = lua_net(net);
	int err;

	ln->max_script = LUA_MAX_SCRIPT;
	ln->max_memory = LUA_MAX_MEMORY;
	ln->max_instructions = LUA_MAX_INSTRUCTIONS;
	ln->quota = lua_quota_new(LUA_MAX_STATES,
				  totalram_pages() / 4 * PAGE_SIZE,
				  totalram_pages() / 16 * PAGE_SIZE);
	if (!ln->quota)
		return -ENOMEM;

	err = lua_dicts_init(&ln->dicts);
	if (err)
		goto out_quota;
	err = sysctl_init(net, ln);
	if (err)
		goto out_dicts;
	err = lua_mib_init(net);
	if (err)
		goto out_sysctl;
	return 0;

out_sysctl:
	sysctl_exit(ln);
out_dicts:
	lua_dicts_exit(&ln->dicts);
out_quota:
	lua_quota_put(ln->quota);
	return err;
}

static void __net_exit lua_net_exit_one(struct net *net)
{
	struct lua_net *ln = lua_net(net);

	lua_mib_exit(net);
	sysctl_exit(ln);
	lua_dicts_exit(&ln->dicts);
	lua_quota_put(ln->quota);
}

static struct pernet_operations lua_net_ops = {
	.init	= lua_net_init_one,
	.exit	= lua_net_exit_one,
	.id	= &lua_net_id,
	.size	= sizeof(struct lua_net),
};

int __init lua_net_init(void)
{
	return register_pernet_subsys(&lua_net_ops);
}

void lua_net_exit(void)
{
	unregister_pernet_subsys(&lua_net_ops);
}
