// SPDX-License-Identifier: GPL-2.0-only
/*
 * sendmsg(): TCP's own, on the bytes that the send gate passes.
 *
 * The application's bytes are taken in rounds, each no larger than what the
 * send buffer has room for: what has been judged never waits for room. A call
 * that has to wait does so before it takes anything, as TCP waits, with the
 * socket unlocked and the gate's queue as it is between two calls.
 */
#include <net/sock.h>

#include "lua_ulp.h"

/* The least that a round takes: a send buffer that is not full takes a segment. */
#define ROUND_MIN	2048

/* All that TCP does without data: connect, wait for that, understand control
 * messages, find out that the connection is gone. With MSG_FASTOPEN, the SYN
 * carries none: what is in it may turn out not to have been sent.
 */
static int prepare(struct sock *sk, struct msghdr *msg)
{
	int flags = msg->msg_flags & (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_FASTOPEN);
	struct msghdr none = {
		.msg_name = msg->msg_name,
		.msg_namelen = msg->msg_namelen,
		.msg_control = msg->msg_control,
		.msg_control_is_user = msg->msg_control_is_user,
		.msg_controllen = msg->msg_controllen,
		.msg_flags = flags,
	};
	int err;

	iov_iter_kvec(&none.msg_iter, ITER_SOURCE, NULL, 0, 0);
	err = tcp_sendmsg_locked(sk, &none, 0);
	/* TCP_FASTOPEN_CONNECT: connect() has said that it is done. */
	if (err == -EINPROGRESS && !(flags & MSG_FASTOPEN))
		err = -EAGAIN;
	return err;
}

/* Wait until the send buffer has room. */
static int wait_for_room(struct sock *sk, struct lua_ulp_ctx *ctx,
			 const struct lua_send *send, long *timeo)
{
	int err;

	for (;;) {
		err = lua_tx_flush(sk, &ctx->tx, send);
		if (err && err != -EAGAIN)
			return err;
		if (!err && sk_stream_memory_free(sk))
			return ctx->tx.err;
		err = sk_stream_wait_memory(sk, timeo);
		if (err)
			return err;
	}
}

/* Will more bytes have to wait, once TCP has queued @len? */
static bool fills(const struct sock *sk, int len)
{
	return sk_stream_wspace(sk) < 2 * len ||
	       tcp_notsent_lowat(tcp_sk(sk)) < 2 * len;
}

/* Take some bytes and let them be judged. Returns how many need not be sent
 * again, or an error if that goes for none.
 */
static int send_round(struct sock *sk, struct lua_ulp_ctx *ctx,
		      struct lua_send *send)
{
	size_t left = msg_data_left(send->msg);
	int room = max(sk_stream_wspace(sk), ROUND_MIN);
	u32 len = min3(left, (size_t)room, (size_t)LUA_TX_ROUND);
	struct lua_tx *tx = &ctx->tx;
	int err, back;
	u32 end;

	send->last = len == left;
	send->full = !send->last && fills(sk, len);
	send->flags = send->msg->msg_flags | (send->last ? 0 : MSG_MORE);
	if (!lua_tx_has_room(sk, ctx))
		return tx->err;
	err = lua_tx_take(tx, &send->msg->msg_iter, len,
			  send->last ? send->flags & (MSG_EOR | MSG_OOB) : 0);
	if (err)
		return err;

	end = tx->end_seq;
	err = lua_tx_judge(sk, ctx, send);
	if (!err || err == -EAGAIN || err == -EINTR)
		return len;
	if (!tx->err)
		return err;
	/* Others may have sent meanwhile: only what this round took counts. */
	back = clamp((int)(end - tx->err_seq), 0, (int)len);
	lua_tx_purge(tx);
	return len - back ?: err;
}

static int send_judged(struct sock *sk, struct lua_ulp_ctx *ctx,
		       struct msghdr *msg)
{
	struct lua_send send = { .msg = msg, .flags = msg->msg_flags };
	long timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	int copied = 0, ret = 0;

	while (msg_data_left(msg)) {
		ret = wait_for_room(sk, ctx, &send, &timeo);
		if (ret)
			break;
		/* Somebody may have changed the script, or it has seen enough. */
		if (lua_tx_is_open(sk, ctx))
			ret = tcp_sendmsg_locked(sk, msg, msg_data_left(msg));
		else
			ret = send_round(sk, ctx, &send);
		if (ret < 0)
			break;
		copied += ret;
		if (ctx->tx.err || fatal_signal_pending(current))
			break;
	}
	/* Only if there was no memory for a buffer's head. It is worth a wait, even
	 * for a call that should not: nobody else comes to send what was judged.
	 */
	if (copied && lua_tx_pending(&ctx->tx)) {
		timeo = max_t(long, timeo, HZ);
		wait_for_room(sk, ctx, &send, &timeo);
	}
	return copied ?: sk_stream_error(sk, msg->msg_flags, ret);
}

/* The bytes are copied, so the application can have its memory back. */
static int send_zerocopy(struct sock *sk, struct lua_ulp_ctx *ctx,
			 struct msghdr *msg)
{
	struct ubuf_info *uarg = msg_zerocopy_realloc(sk, 1, NULL, false);
	int ret;

	if (!uarg)
		return -ENOBUFS;
	uarg_to_msgzc(uarg)->zerocopy = 0;
	msg->msg_flags &= ~MSG_ZEROCOPY;
	ret = send_judged(sk, ctx, msg);
	if (ret > 0)
		net_zcopy_put(uarg);
	else
		net_zcopy_put_abort(uarg, true);
	return ret;
}

/* TCP_REPAIR puts bytes where received ones are, or nowhere. */
static bool is_not_for_peer(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return unlikely(tp->repair) && tp->repair_queue != TCP_SEND_QUEUE;
}

/**
 * lua_ulp_sendmsg_locked - proto_ops->sendmsg_locked() of a socket with the
 *	protocol
 * @sk: socket
 * @msg: what to send
 * @size: bytes of it
 *
 * Context: process context, @sk locked
 * Return: bytes taken from @msg, or a negative error
 */
int lua_ulp_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct lua_ulp_ctx *ctx;
	int err;

	if (lua_sock_sends_freely(sk) || is_not_for_peer(sk))
		return tcp_sendmsg_locked(sk, msg, size);
	ctx = lua_sock_ctx(sk);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);

	err = ctx->tx.err ?: prepare(sk, msg);
	if (err)
		return err;
	/* That is done: TCP would connect once more. */
	msg->msg_flags &= ~MSG_FASTOPEN;
	if ((msg->msg_flags & MSG_ZEROCOPY) && size && !msg->msg_ubuf &&
	    sock_flag(sk, SOCK_ZEROCOPY))
		return send_zerocopy(sk, ctx, msg);
	msg->msg_flags &= ~MSG_ZEROCOPY;
	return send_judged(sk, ctx, msg);
}

/**
 * lua_ulp_sendmsg - proto->sendmsg() of a socket with the protocol
 * @sk: socket
 * @msg: what to send
 * @size: bytes of it
 *
 * Context: process context
 * Return: bytes taken from @msg, or a negative error
 */
int lua_ulp_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	int ret;

	lock_sock(sk);
	ret = lua_ulp_sendmsg_locked(sk, msg, size);
	release_sock(sk);
	return ret;
}
