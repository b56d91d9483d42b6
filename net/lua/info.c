// SPDX-License-Identifier: GPL-2.0-only
/*
 * A socket's counters, for SS_LUA_INFO and for sock_diag, as ss -i asks.
 */
#include <linux/inet_diag.h>
#include <linux/lua.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "lua_ulp.h"

/**
 * lua_info_called - a script has run
 * @ctx: context of its socket
 * @klua: sandbox that it ran in
 *
 * Context: socket locked
 */
void lua_info_called(struct lua_ulp_ctx *ctx, const struct klua *klua)
{
	u64 spent = klua_instructions(klua);

	WRITE_ONCE(ctx->spent.last, spent);
	WRITE_ONCE(ctx->spent.max, max(ctx->spent.max, spent));
	WRITE_ONCE(ctx->spent.total, ctx->spent.total + spent);
	WRITE_ONCE(ctx->memory, klua_memory(klua));
	ctx->spent.held += spent;
}

/* TCP counts the end of the stream as a byte. */
static u64 bytes_received(const struct sock *sk)
{
	return READ_ONCE(tcp_sk(sk)->bytes_received) - sock_flag(sk, SOCK_DONE);
}

/**
 * lua_info_unjudged - from here on nothing is judged, because of an error
 * @sk: socket
 * @ctx: its context
 * @len: bytes that have arrived and were to be judged
 *
 * Context: @sk locked
 */
void lua_info_unjudged(struct sock *sk, struct lua_ulp_ctx *ctx, u32 len)
{
	LUA_COUNT(ctx, LUA_MIB_UNJUDGED, 1);
	WRITE_ONCE(ctx->unjudged.from, bytes_received(sk) - len);
	WRITE_ONCE(ctx->unjudged.now, true);
}

static u64 bytes_unjudged(const struct sock *sk, const struct lua_ulp_ctx *ctx)
{
	u64 bytes = READ_ONCE(ctx->unjudged.before);

	if (READ_ONCE(ctx->unjudged.now))
		bytes += bytes_received(sk) - READ_ONCE(ctx->unjudged.from);
	return bytes;
}

/**
 * lua_info_judged - what has not been read will be judged, or never read
 * @sk: socket
 * @ctx: its context
 *
 * Context: @sk locked
 */
void lua_info_judged(struct sock *sk, struct lua_ulp_ctx *ctx)
{
	u64 bytes;

	if (!ctx->unjudged.now)
		return;
	/* What has not been read may begin with bytes that were passed before. */
	bytes = bytes_received(sk) - ctx->unjudged.from;
	bytes -= min_t(u64, bytes, tcp_inq(sk));
	WRITE_ONCE(ctx->unjudged.now, false);
	WRITE_ONCE(ctx->unjudged.before, ctx->unjudged.before + bytes);
}

static u32 flags_of(const struct sock *sk, const struct lua_ulp_ctx *ctx)
{
	const struct lua_rx *rx = &ctx->rx;
	int err = READ_ONCE(rx->err);
	u32 flags = 0;

	if (READ_ONCE(ctx->klua))
		flags |= SS_LUA_INFO_STATE;
	if (!err && READ_ONCE(rx->started) &&
	    before(READ_ONCE(rx->judged_seq), READ_ONCE(rx->shown_seq)))
		flags |= SS_LUA_INFO_WAITING;
	/* close() refuses what is still being read. */
	if (READ_ONCE(rx->pass) == LUA_PASS_ALL)
		flags |= SS_LUA_INFO_PASSING;
	if (err == -ECONNREFUSED && !sock_flag(sk, SOCK_DEAD))
		flags |= SS_LUA_INFO_REFUSED;
	if (err == -EIO)
		flags |= SS_LUA_INFO_FAILED;
	return flags;
}

static u64 count_of(const struct lua_ulp_ctx *ctx, int field)
{
	return READ_ONCE(ctx->count[field - LUA_MIB_CALLS]);
}

static void fill_ctx(const struct sock *sk, const struct lua_ulp_ctx *ctx,
		     struct ss_lua_info *info)
{
	info->flags |= flags_of(sk, ctx);
	if (info->flags & SS_LUA_INFO_STATE)
		info->memory = READ_ONCE(ctx->memory);
	info->calls = count_of(ctx, LUA_MIB_CALLS);
	info->bytes_passed = count_of(ctx, LUA_MIB_PASSEDBYTES);
	info->bytes_dropped = count_of(ctx, LUA_MIB_DROPPEDBYTES);
	info->bytes_replaced = count_of(ctx, LUA_MIB_REPLACEDBYTES);
	info->bytes_unjudged = bytes_unjudged(sk, ctx);
	info->refused = count_of(ctx, LUA_MIB_REFUSED) +
			count_of(ctx, LUA_MIB_ACCEPTREFUSED) +
			count_of(ctx, LUA_MIB_CONNECTREFUSED);
	info->errors = count_of(ctx, LUA_MIB_ERRORS);
	info->prints = count_of(ctx, LUA_MIB_PRINTS);
	info->instructions_last = READ_ONCE(ctx->spent.last);
	info->instructions_max = READ_ONCE(ctx->spent.max);
	info->instructions_total = READ_ONCE(ctx->spent.total);
}

/**
 * lua_info_fill - tell what a socket's script has done
 * @sk: socket; it need not be locked
 * @info: all of it is written
 *
 * Context: any
 */
void lua_info_fill(const struct sock *sk, struct ss_lua_info *info)
{
	const struct lua_ulp_ctx *ctx;
	const struct lua_prog *prog;

	memset(info, 0, sizeof(*info));
	rcu_read_lock();
	ctx = lua_sock_peek(sk, &prog);
	if (prog && prog->code) {
		info->flags |= SS_LUA_INFO_SCRIPT;
		info->script_size = prog->code->len;
	}
	if (ctx)
		fill_ctx(sk, ctx, info);
	rcu_read_unlock();
}

/**
 * lua_info_put - tcp_ulp_ops->get_info()
 * @sk: socket; it is not locked
 * @skb: message to add to
 * @net_admin: the reader may see more; there is no more
 *
 * Context: any; a listener's bucket may be locked
 * Return: 0, or -EMSGSIZE
 */
int lua_info_put(struct sock *sk, struct sk_buff *skb, bool net_admin)
{
	struct ss_lua_info info;
	struct nlattr *nest;

	lua_info_fill(sk, &info);
	nest = nla_nest_start_noflag(skb, INET_ULP_INFO_LUA);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_64bit(skb, SS_LUA_ULP_INFO, sizeof(info), &info,
			  SS_LUA_ULP_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * lua_info_size - tcp_ulp_ops->get_info_size()
 * @sk: socket; it is not locked
 * @net_admin: as for lua_info_put()
 *
 * Return: bytes that lua_info_put() adds at most
 */
size_t lua_info_size(const struct sock *sk, bool net_admin)
{
	return nla_total_size(0) +
	       nla_total_size_64bit(sizeof(struct ss_lua_info));
}
