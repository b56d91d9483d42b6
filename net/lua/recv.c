// SPDX-License-Identifier: GPL-2.0-only
/*
 * recvmsg(): TCP's own, on the bytes that the gate allows.
 */
#include <net/busy_poll.h>
#include <net/inet_common.h>
#include <net/sock.h>

#include "lua_ulp.h"

/**
 * struct lua_read - one recvmsg() call
 * @msg: where to
 * @len: bytes that are still wanted
 * @flags: as the application gave them
 * @tss: time stamps, of the last buffer read
 * @cmsg_flags: which control messages to send
 */
struct lua_read {
	struct msghdr *msg;
	size_t len;
	int flags;
	struct scm_timestamping_internal tss;
	int cmsg_flags;
};

static int read_tcp(struct sock *sk, struct lua_read *rd, size_t len)
{
	int flags = (rd->flags & ~MSG_WAITALL) | MSG_DONTWAIT;

	return tcp_recvmsg_locked(sk, rd->msg, min(len, rd->len), flags,
				  &rd->tss, &rd->cmsg_flags);
}

/* Bytes of the replacement, from @off on. They are read one buffer at a time,
 * except when peeking.
 */
static int read_subst(struct sock *sk, struct lua_ulp_ctx *ctx,
		      struct lua_read *rd, u32 off)
{
	bool peek = rd->flags & MSG_PEEK;
	struct lua_rx *rx = &ctx->rx;
	u32 start = rx->subst_off + off;
	struct sk_buff *skb, *next;
	int copied = 0, err;

	skb_queue_walk_safe(&rx->subst, skb, next) {
		u32 n;

		if (start >= skb->len) {
			start -= skb->len;
			continue;
		}
		n = min_t(size_t, skb->len - start, rd->len - copied);
		if (!n)
			break;
		if (!(rd->flags & MSG_TRUNC)) {
			err = skb_copy_datagram_msg(skb, start, rd->msg, n);
			if (err)
				return copied ?: -EFAULT;
		}
		copied += n;
		start = 0;
		if (peek) {
			sk_peek_offset_fwd(sk, n);
		} else {
			sk_peek_offset_bwd(sk, n);
			lua_gate_took_subst(ctx, n);
		}
	}
	return copied;
}

/* From what the gate has made available, skip @off bytes and read. */
static int read_ready(struct sock *sk, struct lua_ulp_ctx *ctx,
		      struct lua_read *rd, int off)
{
	int head = lua_gate_head(sk, ctx);
	int copied = 0, ret;

	/* TCP adds the peek offset by itself. */
	if (head > off) {
		copied = read_tcp(sk, rd, head - off);
		if (copied < 0 || copied < min_t(size_t, head - off, rd->len))
			return copied;
		rd->len -= copied;
		off = head;
	}
	if (!rd->len || !ctx->rx.subst_len)
		return copied;

	ret = read_subst(sk, ctx, rd, off - head);
	if (ret > 0)
		rd->len -= ret;
	return copied ? copied + max(ret, 0) : ret;
}

static bool should_stop(const struct sock *sk)
{
	return sk->sk_err || sk->sk_state == TCP_CLOSE ||
	       (sk->sk_shutdown & RCV_SHUTDOWN);
}

static int recv_urgent(struct sock *sk, struct lua_ulp_ctx *ctx,
		       struct lua_read *rd)
{
	int ready = lua_gate(sk, ctx, INT_MAX, true);

	if (!lua_gate_urgent(sk, ctx))
		return ready < 0 ? ready : -EAGAIN;
	return read_tcp(sk, rd, rd->len);
}

/* Where a peek begins; others may move it while the socket is unlocked. */
static int peek_offset(struct sock *sk, const struct lua_read *rd)
{
	return max(sk_peek_offset(sk, rd->flags), 0);
}

static int recv_locked(struct sock *sk, struct lua_ulp_ctx *ctx,
		       struct lua_read *rd)
{
	bool nonblock = rd->flags & MSG_DONTWAIT, peek = rd->flags & MSG_PEEK;
	long timeo = sock_rcvtimeo(sk, nonblock);
	int target = sock_rcvlowat(sk, rd->flags & MSG_WAITALL, rd->len);
	int copied = 0, ret;

	if (rd->flags & MSG_OOB)
		return recv_urgent(sk, ctx, rd);

	/* Peeking starts anew after each wait, reading goes on. */
	for (;;) {
		int off = peek_offset(sk, rd);
		int want = min_t(s64, (s64)off + (peek ? target : 1), INT_MAX);
		int ready = lua_gate(sk, ctx, want, nonblock);

		if (off != peek_offset(sk, rd))
			continue;
		if (ready > off &&
		    (ready >= want || !timeo || should_stop(sk) ||
		     ctx->rx.err || lua_rx_must_be_read(&ctx->rx))) {
			int left = rd->len;

			ret = read_ready(sk, ctx, rd, off);
			if (ret <= 0)
				return copied ?: ret;
			copied += ret;
			if (peek || copied >= target || ret < min(ready, left))
				return copied;
			continue;
		}
		if (ready < 0 && ready != -EAGAIN)
			return copied ?: (sock_error(sk) ?: ready);
		if (copied && should_stop(sk))
			return copied;
		if (!copied && !ready) {
			ret = read_tcp(sk, rd, rd->len);
			if (ret != -EAGAIN)
				return ret;
		}
		ret = lua_gate_wait(sk, &timeo);
		if (ret && ready > off)
			timeo = 0;
		else if (ret)
			return copied ?: ret;
	}
}

/**
 * lua_recv_inq - what TCP_INQ tells: bytes that can be read at once
 * @sk: socket
 * @ctx: its context
 *
 * Context: process context, @sk locked
 * Return: how many; 1 if there is an end or an error, which is worth one more read
 */
int lua_recv_inq(struct sock *sk, struct lua_ulp_ctx *ctx)
{
	int inq = lua_gate(sk, ctx, 1, true);

	if (inq > 0)
		return inq;
	return (inq < 0 && inq != -EAGAIN) || sock_flag(sk, SOCK_DONE);
}

static void put_cmsgs(struct sock *sk, struct lua_read *rd, int inq)
{
	struct msghdr *msg = rd->msg;

	if (rd->cmsg_flags & TCP_CMSG_TS)
		tcp_recv_timestamp(msg, sk, &rd->tss);
	if ((rd->cmsg_flags & TCP_CMSG_INQ) || msg->msg_get_inq) {
		msg->msg_inq = inq;
		if (rd->cmsg_flags & TCP_CMSG_INQ)
			put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(inq), &inq);
	}
}

/**
 * lua_ulp_set_peek_off - proto_ops->set_peek_off() of a socket with the protocol
 * @sk: socket
 * @val: offset
 *
 * Where a peek begins and how much the gate lets it have must not change apart.
 *
 * Context: process context
 * Return: 0
 */
int lua_ulp_set_peek_off(struct sock *sk, int val)
{
	int err;

	lock_sock(sk);
	err = sk_set_peek_off(sk, val);
	release_sock(sk);
	return err;
}

/**
 * lua_ulp_recvmsg - proto->recvmsg() of a socket with the protocol
 * @sk: socket
 * @msg: where to
 * @len: bytes wanted
 * @flags: MSG_*
 *
 * Context: process context
 * Return: bytes read, 0 at the end of the stream, or a negative error
 */
int lua_ulp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct lua_read rd = { .msg = msg, .len = len, .flags = flags };
	struct lua_ulp_ctx *ctx;
	int ret, inq = 0;

	if (unlikely(flags & MSG_ERRQUEUE))
		return inet_recv_error(sk, msg, len);

	if (sk_can_busy_loop(sk) &&
	    skb_queue_empty_lockless(&sk->sk_receive_queue) &&
	    sk->sk_state == TCP_ESTABLISHED)
		sk_busy_loop(sk, flags & MSG_DONTWAIT);

	lock_sock(sk);
	ctx = lua_sock_ctx(sk);
	if (IS_ERR(ctx)) {
		ret = PTR_ERR(ctx);
	} else if (!ctx || lua_gate_is_open(sk, ctx)) {
		ret = tcp_recvmsg_locked(sk, msg, len, flags, &rd.tss,
					 &rd.cmsg_flags);
		inq = tcp_inq(sk) ?: sock_flag(sk, SOCK_DONE);
	} else {
		ret = recv_locked(sk, ctx, &rd);
		if (ret > 0 && !(flags & MSG_PEEK))
			lua_gate_tell(sk, ctx);
		if (tcp_sk(sk)->recvmsg_inq)
			rd.cmsg_flags |= TCP_CMSG_INQ;
		if (ret >= 0 && (rd.cmsg_flags & TCP_CMSG_INQ || msg->msg_get_inq))
			inq = lua_recv_inq(sk, ctx);
	}
	release_sock(sk);

	if (ret >= 0)
		put_cmsgs(sk, &rd, inq);
	return ret;
}
