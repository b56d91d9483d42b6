// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracepoints.
 */
#include "lua_ulp.h"

#define CREATE_TRACE_POINTS
#include <trace/events/lua.h>

static const char * const actions[] = {
	[LUA_PASS]	= "pass",
	[LUA_REFUSE]	= "refuse",
	[LUA_REPLACE]	= "replace",
	[LUA_DROP]	= "drop",
	[LUA_MORE]	= "more",
};

/**
 * lua_trace_verdict - a script has judged data
 * @sk: socket, locked
 * @hook: SS_LUA_HOOK_*
 * @size: bytes that it was shown
 * @verdict: what it decided
 */
void lua_trace_verdict(struct sock *sk, unsigned int hook, u32 size,
		       const struct lua_verdict *verdict)
{
	if (trace_lua_verdict_enabled())
		trace_lua_verdict(sk, hook, actions[verdict->action], size,
				  verdict->len);
}
