// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters: /proc/net/lua_stat, for each network namespace. What is there now
 * comes last.
 */
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include "lua_ulp.h"

static const char * const names[__LUA_MIB_MAX] = {
	[LUA_MIB_ATTACHED]	= "LuaAttached",
	[LUA_MIB_INHERITED]	= "LuaInherited",
	[LUA_MIB_LOADED]	= "LuaLoaded",
	[LUA_MIB_LOADERRORS]	= "LuaLoadErrors",
	[LUA_MIB_STATES]	= "LuaStates",
	[LUA_MIB_DICTEVICTIONS]	= "LuaDictEvictions",
	[LUA_MIB_SENTBYTES]	= "LuaSentBytes",
	[LUA_MIB_SENTDROPPEDBYTES] = "LuaSentDroppedBytes",
	[LUA_MIB_SENTREPLACED]	= "LuaSentReplaced",
	[LUA_MIB_SENTREPLACEDBYTES] = "LuaSentReplacedBytes",
	[LUA_MIB_SENTUNJUDGEDBYTES] = "LuaSentUnjudgedBytes",
	[LUA_MIB_CALLS]		= "LuaCalls",
	[LUA_MIB_PASSEDBYTES]	= "LuaPassedBytes",
	[LUA_MIB_DROPPEDBYTES]	= "LuaDroppedBytes",
	[LUA_MIB_REFUSED]	= "LuaRefused",
	[LUA_MIB_REPLACED]	= "LuaReplaced",
	[LUA_MIB_REPLACEDBYTES]	= "LuaReplacedBytes",
	[LUA_MIB_ERRORS]	= "LuaErrors",
	[LUA_MIB_ACCEPTREFUSED]	= "LuaAcceptRefused",
	[LUA_MIB_CONNECTREFUSED] = "LuaConnectRefused",
	[LUA_MIB_UNJUDGED]	= "LuaUnjudged",
	[LUA_MIB_LIMITHITS]	= "LuaLimitHits",
	[LUA_MIB_STATESREFUSED]	= "LuaStatesRefused",
	[LUA_MIB_PRINTS]	= "LuaPrints",
};

static unsigned long sum(const struct lua_mib __percpu *mib, int field)
{
	unsigned long total = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		total += READ_ONCE(per_cpu_ptr(mib, cpu)->count[field]);
	return total;
}

static int lua_stat_show(struct seq_file *seq, void *v)
{
	const struct lua_net *ln = lua_net(seq->private);
	int i;

	for (i = 0; i < __LUA_MIB_MAX; i++)
		seq_printf(seq, "%-32s%lu\n", names[i], sum(ln->mib, i));
	seq_printf(seq, "%-32s%d\n", "LuaStatesNow",
		   atomic_read(&ln->quota->states));
	seq_printf(seq, "%-32s%ld\n", "LuaMemoryNow",
		   atomic_long_read(&ln->quota->memory.used));
	seq_printf(seq, "%-32s%ld\n", "LuaDictMemoryNow",
		   atomic_long_read(&ln->quota->dicts.used));
	return 0;
}

int lua_mib_init(struct net *net)
{
	struct lua_net *ln = lua_net(net);

	ln->mib = alloc_percpu(struct lua_mib);
	if (!ln->mib)
		return -ENOMEM;
	if (!proc_create_net_single("lua_stat", 0444, net->proc_net,
				    lua_stat_show, NULL)) {
		free_percpu(ln->mib);
		return -ENOMEM;
	}
	return 0;
}

void lua_mib_exit(struct net *net)
{
	remove_proc_entry("lua_stat", net->proc_net);
	free_percpu(lua_net(net)->mib);
}
