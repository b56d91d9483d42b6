// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading without copying: splice(), read_sock() for users in the kernel, and
 * the zero-copy receive of TCP. All take pages from where the gate allows it,
 * by TCP's own code.
 */
#include <net/rps.h>
#include <net/sock.h>

#include "lua_ulp.h"

/**
 * struct lua_actor - somebody's actor, stopped where the gate is closed
 * @desc: that somebody's descriptor
 * @actor: what consumes the bytes
 * @left: bytes that it may still have
 * @keeps: it may keep the buffer, with all that is in it, as strparser does
 */
struct lua_actor {
	read_descriptor_t *desc;
	sk_read_actor_t actor;
	size_t left;
	bool keeps;
};

/* A buffer of the first bytes of another */
static struct sk_buff *first_bytes(struct sk_buff *skb, unsigned int len)
{
	struct sk_buff *part = skb_clone(skb, GFP_ATOMIC);

	if (part && pskb_trim(part, len)) {
		kfree_skb(part);
		return NULL;
	}
	return part;
}

static int bounded_actor(read_descriptor_t *desc, struct sk_buff *skb,
			 unsigned int offset, size_t len)
{
	struct lua_actor *bound = desc->arg.data;
	size_t n = min(len, bound->left);
	struct sk_buff *part = NULL;
	int used;

	if (!n)
		return 0;
	if (bound->keeps && n < len) {
		part = first_bytes(skb, offset + n);
		if (!part) {
			bound->desc->error = -ENOMEM;
			return 0;
		}
	}
	used = bound->actor(bound->desc, part ?: skb, offset, n);
	consume_skb(part);
	if (used > 0)
		bound->left -= used;
	desc->count = bound->desc->count ? bound->left : 0;
	return used;
}

static int read_subst(struct lua_ulp_ctx *ctx, read_descriptor_t *desc,
		      sk_read_actor_t actor)
{
	struct lua_rx *rx = &ctx->rx;
	struct sk_buff *skb;
	int copied = 0;

	while (desc->count && (skb = skb_peek(&rx->subst))) {
		u32 len = skb->len - rx->subst_off;
		int used = actor(desc, skb, rx->subst_off, len);

		if (used <= 0)
			return copied ?: used;
		copied += used;
		lua_gate_took_subst(ctx, used);
		if (used < len)
			break;
	}
	return copied;
}

/* One pass over what is ready. Also with nothing ready TCP is called, to eat
 * the end of the stream.
 */
static int read_ready(struct sock *sk, struct lua_ulp_ctx *ctx,
		      read_descriptor_t *desc, sk_read_actor_t actor, bool keeps)
{
	struct lua_actor bound = {
		.desc = desc,
		.actor = actor,
		.left = lua_gate_head(sk, ctx),
		.keeps = keeps,
	};
	read_descriptor_t gated = {
		.arg.data = &bound,
		.count = bound.left,
	};
	int copied, ret;

	copied = tcp_read_sock(sk, &gated, bounded_actor);
	if (copied < 0 || bound.left || !desc->count || !ctx->rx.subst_len)
		return copied;
	ret = read_subst(ctx, desc, actor);
	return copied ? copied + max(ret, 0) : ret;
}

/* Nothing to read now. In softirq the script was not even asked: this is how
 * strparser is told to come back in process context.
 */
static int not_now(struct sock *sk, read_descriptor_t *desc)
{
	if (!sock_owned_by_user_nocheck(sk))
		desc->error = -ENOMEM;
	return 0;
}

/**
 * lua_ulp_read_sock - proto_ops->read_sock() of a socket with the protocol
 * @sk: socket
 * @desc: what @recv_actor is told
 * @recv_actor: consumes the bytes
 *
 * In softirq only what the script has passed before is read.
 *
 * Context: @sk locked
 * Return: bytes consumed, or a negative error
 */
int lua_ulp_read_sock(struct sock *sk, read_descriptor_t *desc,
		      sk_read_actor_t recv_actor)
{
	struct lua_ulp_ctx *ctx = lua_sock_ctx(sk);
	int copied = 0, ready, ret;

	if (!ctx)
		return tcp_read_sock(sk, desc, recv_actor);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx) == -EAGAIN ? not_now(sk, desc) : PTR_ERR(ctx);

	do {
		ready = lua_gate_locked(sk, ctx, 1, true);
		if (ready == -EAGAIN)
			return copied ?: not_now(sk, desc);
		if (ready < 0)
			return copied ?: ready;
		ret = read_ready(sk, ctx, desc, recv_actor, true);
		if (ret <= 0)
			return copied ?: ret;
		copied += ret;
	} while (desc->count && ret == ready);

	return copied;
}

/**
 * struct lua_splice - one splice() call
 * @sk: socket
 * @pipe: where to
 * @flags: SPLICE_F_*
 */
struct lua_splice {
	struct sock *sk;
	struct pipe_inode_info *pipe;
	unsigned int flags;
};

static int splice_actor(read_descriptor_t *desc, struct sk_buff *skb,
			unsigned int offset, size_t len)
{
	struct lua_splice *sp = desc->arg.data;
	int ret;

	ret = skb_splice_bits(skb, sp->sk, offset, sp->pipe,
			      min(desc->count, len), sp->flags);
	if (ret > 0)
		desc->count -= ret;
	return ret;
}

/* Nothing came out: is that all there will be? */
static int why_empty(struct sock *sk)
{
	if (sock_flag(sk, SOCK_DONE))
		return 0;
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	return -EAGAIN;
}

static ssize_t splice_locked(struct sock *sk, struct lua_ulp_ctx *ctx,
			     read_descriptor_t *desc, long timeo)
{
	int ready, ret;

	for (;;) {
		ready = lua_gate(sk, ctx, 1, !timeo);
		if (ready < 0 && ready != -EAGAIN)
			return ready;
		ret = read_ready(sk, ctx, desc, splice_actor, false);
		if (ret > 0)
			lua_gate_tell(sk, ctx);
		if (ret)
			return ret;
		/* Urgent data, which is not for a pipe. */
		if (ready > 0)
			return timeo ? 0 : -EAGAIN;
		if (!ready) {
			ret = why_empty(sk);
			if (ret != -EAGAIN)
				return ret;
		}
		ret = lua_gate_wait(sk, &timeo);
		if (ret)
			return ret;
	}
}

/**
 * lua_ulp_splice_read - proto_ops->splice_read() of a socket with the protocol
 * @sock: socket
 * @ppos: position, which a socket does not have
 * @pipe: where to
 * @len: bytes wanted
 * @flags: SPLICE_F_*
 *
 * Context: process context
 * Return: bytes spliced, 0 at the end of the stream, or a negative error
 */
ssize_t lua_ulp_splice_read(struct socket *sock, loff_t *ppos,
			    struct pipe_inode_info *pipe, size_t len,
			    unsigned int flags)
{
	struct sock *sk = sock->sk;
	struct lua_splice sp = { .sk = sk, .pipe = pipe, .flags = flags };
	read_descriptor_t desc = { .arg.data = &sp, .count = len };
	struct lua_ulp_ctx *ctx;
	ssize_t ret;

	if (unlikely(*ppos))
		return -ESPIPE;
	sock_rps_record_flow(sk);

	lock_sock(sk);
	ctx = lua_sock_ctx(sk);
	if (IS_ERR(ctx))
		ret = PTR_ERR(ctx);
	else if (ctx)
		ret = splice_locked(sk, ctx, &desc,
				    sock_rcvtimeo(sk, sock->file->f_flags &
						      O_NONBLOCK));
	release_sock(sk);

	if (!ctx)
		ret = lua_proto_base_ops(sk)->splice_read(sock, ppos, pipe, len,
							  flags);
	return ret;
}

/**
 * lua_ulp_zerocopy_limit - tcp_ulp_ops->zerocopy_limit()
 * @sk: socket
 * @copy_first: how many bytes must be read by copying first
 *
 * A replacement has no sequence numbers, and TCP maps by those.
 *
 * Context: process context, @sk locked
 * Return: bytes that may be mapped, or a negative error
 */
int lua_ulp_zerocopy_limit(struct sock *sk, u32 *copy_first)
{
	struct lua_ulp_ctx *ctx = lua_sock_ctx(sk);
	int ready, head;

	*copy_first = 0;
	if (!ctx)
		return INT_MAX;
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);

	ready = lua_gate(sk, ctx, INT_MAX, true);
	if (ready < 0)
		return ready == -EAGAIN ? 0 : ready;
	head = lua_gate_head(sk, ctx);
	if (!head)
		*copy_first = ready;
	return head;
}

/**
 * lua_ulp_zerocopy_receive - getsockopt() of %TCP_ZEROCOPY_RECEIVE
 * @sk: socket
 * @optval: struct tcp_zerocopy_receive
 * @optlen: its size
 *
 * TCP does it, and asks lua_ulp_zerocopy_limit() for how much.
 *
 * Context: process context
 * Return: 0 or a negative error
 */
int lua_ulp_zerocopy_receive(struct sock *sk, char __user *optval,
			     int __user *optlen)
{
	struct tcp_zerocopy_receive __user *zc = (void __user *)optval;
	struct lua_ulp_ctx *ctx;
	int err, len, inq = -1;

	err = lua_proto_base(sk)->getsockopt(sk, SOL_TCP, TCP_ZEROCOPY_RECEIVE,
					     optval, optlen);
	if (err)
		return err;
	lock_sock(sk);
	ctx = lua_sock_peek(sk, NULL);
	if (ctx && !lua_gate_is_open(sk, ctx)) {
		lua_gate_tell(sk, ctx);
		inq = lua_recv_inq(sk, ctx);
	}
	release_sock(sk);
	/* TCP has counted what the script has not passed, too. */
	if (inq < 0)
		return 0;
	if (get_user(len, optlen))
		return -EFAULT;
	return len < offsetofend(struct tcp_zerocopy_receive, inq) ? 0 :
	       put_user(inq, &zc->inq);
}
