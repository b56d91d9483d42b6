// SPDX-License-Identifier: GPL-2.0-only
/*
 * The send gate: which bytes of the application may TCP have?
 *
 * Bytes are copied before they are judged: the application can write to its
 * memory, and to pages that it splices, while the script looks at them. They
 * wait in a queue, with sequence numbers that are the gate's own:
 *
 *	out_seq        judged_seq         shown_seq      end_seq
 *	   |  TCP's to queue  |  the script has seen  |  new  |
 *
 * What has been passed is queued by TCP at once, before more is judged, so a
 * replacement finds its place by being put at the head of the queue. TCP takes
 * it even if the send buffer is full. How much that can be is bounded by
 * what the script holds back, or by what its memory can hold as a replacement.
 * From there on it is TCP's: it goes out without a further call, poll() and
 * SIOCOUTQ count it, and close() waits for it.
 */
#include <linux/bvec.h>
#include <net/sock.h>

#include "lua_ulp.h"

/* Longer buffers are made of pages, which TCP takes as they are. */
#define LINEAR_MAX	2048

/* So that they wrap around in the first large transfer, and not in a rare one. */
#define FIRST_SEQ	((u32)-SZ_256K)

/**
 * lua_tx_init - a stream of which nothing has been sent
 * @tx: gate's state
 */
void lua_tx_init(struct lua_tx *tx)
{
	memset(tx, 0, sizeof(*tx));
	__skb_queue_head_init(&tx->queue);
	tx->out_seq = FIRST_SEQ;
	tx->judged_seq = FIRST_SEQ;
	tx->shown_seq = FIRST_SEQ;
	tx->end_seq = FIRST_SEQ;
}

/**
 * lua_tx_purge - free what a gate holds
 * @tx: gate's state
 *
 * Context: any
 */
void lua_tx_purge(struct lua_tx *tx)
{
	__skb_queue_purge(&tx->queue);
	tx->mem = 0;
	WRITE_ONCE(tx->out_seq, tx->end_seq);
	tx->judged_seq = tx->end_seq;
	tx->shown_seq = tx->end_seq;
}

/**
 * lua_tx_reset - another stream, on the same socket
 * @tx: gate's state
 *
 * Others may look at it without the lock.
 *
 * Context: socket locked
 */
void lua_tx_reset(struct lua_tx *tx)
{
	lua_tx_purge(tx);
	WRITE_ONCE(tx->err, 0);
	WRITE_ONCE(tx->pass, 0);
	tx->want = 0;
	tx->ended = false;
}

/* Show what has not been judged, be it new or not. */
static void show_again(struct lua_tx *tx)
{
	tx->shown_seq = tx->judged_seq;
	tx->want = 0;
	tx->ended = false;
}

static void enqueue(struct lua_tx *tx, struct sk_buff *skb)
{
	TCP_SKB_CB(skb)->seq = tx->end_seq;
	WRITE_ONCE(tx->end_seq, tx->end_seq + skb->len);
	tx->mem += skb->truesize;
	__skb_queue_tail(&tx->queue, skb);
}

/* Free the buffers of which TCP has all. */
static void dequeue(struct lua_tx *tx)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&tx->queue)) &&
	       tx->out_seq - TCP_SKB_CB(skb)->seq >= skb->len) {
		tx->mem -= skb->truesize;
		__skb_unlink(skb, &tx->queue);
		kfree_skb(skb);
	}
}

/* What a script waits with may come in many small calls. */
static struct sk_buff *tail_with_room(const struct lua_tx *tx, u32 len)
{
	struct sk_buff *skb = skb_peek_tail(&tx->queue);

	if (!skb || skb_is_nonlinear(skb) || skb_tailroom(skb) < len ||
	    TCP_SKB_CB(skb)->tcp_flags || TCP_SKB_CB(skb)->eor)
		return NULL;
	return skb;
}

static struct sk_buff *copy_small(struct lua_tx *tx, struct iov_iter *from, u32 len)
{
	u32 room = skb_queue_empty(&tx->queue) ? len : LINEAR_MAX;
	struct sk_buff *skb = alloc_skb(room, GFP_KERNEL_ACCOUNT);

	if (!skb)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_iter_full(skb_put(skb, len), len, from)) {
		kfree_skb(skb);
		return ERR_PTR(-EFAULT);
	}
	return skb;
}

static struct sk_buff *copy_large(struct iov_iter *from, u32 len)
{
	struct sk_buff *skb;
	int err;

	skb = lua_view_buffer(len);
	if (!skb)
		return ERR_PTR(-ENOMEM);
	err = skb_copy_datagram_from_iter(skb, 0, from, len);
	if (err) {
		kfree_skb(skb);
		return ERR_PTR(err);
	}
	return skb;
}

/**
 * lua_tx_take - take bytes from the application
 * @tx: gate's state
 * @from: the bytes
 * @len: how many, 1 to LUA_TX_ROUND
 * @flags: MSG_EOR and MSG_OOB, for the last of them
 *
 * Context: process context, socket locked
 * Return: 0, -EFAULT or -ENOMEM; then none was taken
 */
int lua_tx_take(struct lua_tx *tx, struct iov_iter *from, u32 len, int flags)
{
	struct sk_buff *skb = tail_with_room(tx, len);

	if (skb) {
		if (!copy_from_iter_full(skb_tail_pointer(skb), len, from))
			return -EFAULT;
		skb_put(skb, len);
		WRITE_ONCE(tx->end_seq, tx->end_seq + len);
	} else {
		skb = len > LINEAR_MAX ? copy_large(from, len) :
					 copy_small(tx, from, len);
		if (IS_ERR(skb))
			return PTR_ERR(skb);
		enqueue(tx, skb);
	}
	if (flags & MSG_EOR)
		TCP_SKB_CB(skb)->eor = 1;
	if (flags & MSG_OOB)
		TCP_SKB_CB(skb)->tcp_flags = TCPHDR_URG;
	return 0;
}

static int fill_bvec(const struct sk_buff *skb, struct bio_vec *bvec)
{
	int i;

	if (!skb_is_nonlinear(skb)) {
		bvec_set_virt(bvec, skb->data, skb->len);
		return 1;
	}
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		bvec_set_page(&bvec[i], skb_frag_page(frag),
			      skb_frag_size(frag), skb_frag_off(frag));
	}
	return i;
}

/* TCP takes one buffer beyond the limit, and never fails for want of memory
 * while it is there: so put the limit where it is. Needs no more than the memory
 * of that buffer's head.
 */
static int force_tcp(struct sock *sk, struct msghdr *msg)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 lowat = tp->notsent_lowat;
	int sndbuf = sk->sk_sndbuf;
	int limit = max(sndbuf, sk->sk_wmem_queued + 1);
	int ret;

	WRITE_ONCE(tp->notsent_lowat, U32_MAX);
	WRITE_ONCE(sk->sk_sndbuf, limit);
	ret = tcp_sendmsg_locked(sk, msg, msg_data_left(msg));
	WRITE_ONCE(tp->notsent_lowat, lowat);
	/* TCP has its own reasons to change it. */
	if (sk->sk_sndbuf == limit)
		WRITE_ONCE(sk->sk_sndbuf, sndbuf);
	return ret;
}

/* Time stamps are for the last byte of a call, so the others do without. */
static void no_timestamp(struct msghdr *msg)
{
	static const struct {
		struct cmsghdr hdr;
		u32 flags;
	} none = {
		.hdr.cmsg_len = CMSG_LEN(sizeof(u32)),
		.hdr.cmsg_level = SOL_SOCKET,
		.hdr.cmsg_type = SO_TIMESTAMPING_OLD,
	};

	msg->msg_control = (void *)&none;
	msg->msg_controllen = sizeof(none);
}

static void set_control(struct sock *sk, const struct lua_send *send,
			struct msghdr *msg, bool last)
{
	if (last && send->last && send->msg) {
		msg->msg_control = send->msg->msg_control;
		msg->msg_control_is_user = send->msg->msg_control_is_user;
		msg->msg_controllen = send->msg->msg_controllen;
	} else if (READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_TX_RECORD_MASK) {
		no_timestamp(msg);
	}
}

/* TCP sends what it has before it lets the application wait, corked or not. */
static int queue_tcp(struct sock *sk, struct msghdr *msg, bool push)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 nonagle = tp->nonagle;
	int ret;

	if (push)
		tp->nonagle |= TCP_NAGLE_PUSH;
	ret = sk_stream_memory_free(sk) ?
	      tcp_sendmsg_locked(sk, msg, msg_data_left(msg)) : -EAGAIN;
	if (ret == -EAGAIN)
		ret = force_tcp(sk, msg);
	if (push)
		tp->nonagle = nonagle;
	return ret;
}

/* Queue passed bytes of the first buffer. */
static int flush_some(struct sock *sk, struct lua_tx *tx,
		      const struct lua_send *send)
{
	struct sk_buff *skb = skb_peek(&tx->queue);
	u32 offset = tx->out_seq - TCP_SKB_CB(skb)->seq;
	u32 len = min(skb->len - offset, tx->judged_seq - tx->out_seq);
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct bio_vec bvec[MAX_SKB_FRAGS];
	bool push = false, last;

	if (offset + len == skb->len) {
		/* The urgent byte is the last one that TCP is given then. */
		if (TCP_SKB_CB(skb)->tcp_flags && len > 1)
			len--;
		else if (TCP_SKB_CB(skb)->tcp_flags)
			msg.msg_flags |= MSG_OOB;
		if (TCP_SKB_CB(skb)->eor)
			msg.msg_flags |= MSG_EOR;
	}
	last = tx->out_seq + len == tx->judged_seq;
	if (!last)
		msg.msg_flags |= MSG_MORE;
	else if (send->full)
		push = true;
	else
		msg.msg_flags |= send->flags & MSG_MORE;
	/* Not memory of the slab, which may have become as long. */
	if (skb_is_nonlinear(skb))
		msg.msg_flags |= MSG_SPLICE_PAGES | MSG_NO_SHARED_FRAGS;
	set_control(sk, send, &msg, last);

	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, bvec, fill_bvec(skb, bvec),
		      offset + len);
	iov_iter_advance(&msg.msg_iter, offset);
	return queue_tcp(sk, &msg, push);
}

/**
 * lua_tx_flush - let TCP queue what has been passed
 * @sk: socket
 * @tx: gate's state
 * @send: the call that this is done for
 *
 * Context: process context, @sk locked
 * Return: 0; -EAGAIN if there is no memory for a buffer: some are left; any
 *	other error of tcp_sendmsg(): the connection is gone, and all bytes
 */
int lua_tx_flush(struct sock *sk, struct lua_tx *tx, const struct lua_send *send)
{
	while (tx->out_seq != tx->judged_seq) {
		int ret = flush_some(sk, tx, send);

		if (!ret || ret == -EAGAIN)
			return -EAGAIN;
		if (ret < 0) {
			lua_tx_purge(tx);
			return ret;
		}
		WRITE_ONCE(tx->out_seq, tx->out_seq + ret);
		dequeue(tx);
	}
	return 0;
}

static void stop(struct lua_tx *tx, int err)
{
	WRITE_ONCE(tx->err, err);
	tx->err_seq = tx->judged_seq;
}

/* A script that fails has not decided anything: the application has, perhaps. */
static void fail(struct sock *sk, struct lua_ulp_ctx *ctx, int err)
{
	struct lua_tx *tx = &ctx->tx;

	if (!lua_sock_failed(sk, ctx, err)) {
		stop(tx, -EIO);
		return;
	}
	tx->want = 0;
	WRITE_ONCE(tx->pass, LUA_PASS_ALL);
	LUA_COUNT(ctx, LUA_MIB_UNJUDGED, 1);
}

static void pass(struct sock *sk, struct lua_tx *tx, u32 len)
{
	tx->judged_seq += len;
	LUA_ADD_STATS(sock_net(sk), LUA_MIB_SENTBYTES, len);
}

/* All that was judged before is TCP's. */
static void discard(struct lua_tx *tx, u32 len)
{
	tx->judged_seq += len;
	WRITE_ONCE(tx->out_seq, tx->judged_seq);
	dequeue(tx);
}

static void drop(struct sock *sk, struct lua_tx *tx, u32 len)
{
	discard(tx, len);
	LUA_ADD_STATS(sock_net(sk), LUA_MIB_SENTDROPPEDBYTES, len);
}

/* The buffer that ends before @seq, if one does: only its last byte can be urgent,
 * or end a record.
 */
static const struct sk_buff *buffer_before(const struct lua_tx *tx, u32 seq)
{
	const struct sk_buff *skb;

	skb_queue_walk(&tx->queue, skb) {
		if (TCP_SKB_CB(skb)->seq + skb->len == seq)
			return skb;
	}
	return NULL;
}

/* The last byte is as urgent as the one in whose place it stands, and ends a
 * record as that one did. All that was judged before is TCP's, so what takes its
 * place comes first in the queue, with the sequence numbers before @judged_seq.
 */
static void replace(struct sock *sk, struct lua_tx *tx, struct lua_verdict *verdict)
{
	const struct sk_buff *old = verdict->len ?
		buffer_before(tx, tx->judged_seq + verdict->len) : NULL;
	u8 urgent = old ? TCP_SKB_CB(old)->tcp_flags : 0;
	u8 eor = old ? TCP_SKB_CB(old)->eor : 0;
	struct sk_buff *skb;
	u32 seq;

	discard(tx, verdict->len);
	skb = skb_peek_tail(&verdict->subst);
	if (skb) {
		TCP_SKB_CB(skb)->tcp_flags = urgent;
		TCP_SKB_CB(skb)->eor = eor;
	}
	seq = tx->out_seq;
	while ((skb = __skb_dequeue_tail(&verdict->subst))) {
		seq -= skb->len;
		TCP_SKB_CB(skb)->seq = seq;
		tx->mem += skb->truesize;
		__skb_queue_head(&tx->queue, skb);
	}
	WRITE_ONCE(tx->out_seq, seq);
	LUA_INC_STATS(sock_net(sk), LUA_MIB_SENTREPLACED);
	LUA_ADD_STATS(sock_net(sk), LUA_MIB_SENTREPLACEDBYTES, verdict->len);
}

static void apply(struct sock *sk, struct lua_ulp_ctx *ctx,
		  struct lua_verdict *verdict)
{
	struct lua_tx *tx = &ctx->tx;

	tx->want = 0;
	WRITE_ONCE(tx->pass, verdict->pass);
	switch (verdict->action) {
	case LUA_PASS:
		pass(sk, tx, verdict->len);
		if (verdict->len)
			show_again(tx);
		break;
	case LUA_DROP:
		drop(sk, tx, verdict->len);
		if (verdict->len)
			show_again(tx);
		break;
	case LUA_MORE:
		tx->want = verdict->len;
		break;
	case LUA_REPLACE:
		replace(sk, tx, verdict);
		if (verdict->len)
			show_again(tx);
		break;
	case LUA_REFUSE:
		WRITE_ONCE(tx->pass, 0);
		stop(tx, -ECONNREFUSED);
		lua_sock_set_error(ctx, verdict->reason);
		kfree(verdict->reason);
		LUA_COUNT(ctx, LUA_MIB_REFUSED, 1);
		break;
	}
}

static int call_script(struct sock *sk, struct lua_ulp_ctx *ctx,
		       unsigned int flags)
{
	struct lua_tx *tx = &ctx->tx;
	struct lua_verdict verdict;
	struct lua_view view;
	int err;

	err = lua_sock_sandbox(sk, ctx);
	if (err == -EINTR)
		return err;
	if (err) {
		fail(sk, ctx, err);
		return 1;
	}

	lua_view_init(&view, &tx->queue, tx->judged_seq,
		      tx->end_seq - tx->judged_seq, false);
	err = lua_sock_judge(sk, ctx, SS_LUA_HOOK_SEND, &view, flags, &verdict);
	tx->shown_seq = tx->end_seq;
	if (err) {
		fail(sk, ctx, err);
		return 1;
	}
	apply(sk, ctx, &verdict);
	return 1;
}

/* Returns 1 if the script has judged, 0 if it has nothing to judge or waits,
 * -EINTR.
 */
static int judge(struct sock *sk, struct lua_ulp_ctx *ctx,
		 const struct lua_send *send)
{
	unsigned int flags = send->flags & MSG_DONTWAIT ? LUA_NONBLOCK : 0;
	struct lua_tx *tx = &ctx->tx;
	u32 len = tx->end_seq - tx->judged_seq;

	if (!len)
		return 0;
	if (send->ended)
		flags |= LUA_ENDED;
	if (tx->shown_seq == tx->end_seq || len < tx->want) {
		if (!send->ended || tx->ended)
			return 0;
		tx->ended = true;
	}
	return call_script(sk, ctx, flags);
}

/* All that comes may be sent. */
static bool unjudged(struct sock *sk, const struct lua_ulp_ctx *ctx)
{
	return !lua_prog_has(lua_ctx_prog(sk, ctx), SS_LUA_HOOK_SEND) ||
	       ctx->tx.pass == LUA_PASS_ALL;
}

/* What the script has said beforehand about bytes to come. */
static void pass_on(struct sock *sk, struct lua_ulp_ctx *ctx)
{
	struct lua_tx *tx = &ctx->tx;
	u32 len = tx->end_seq - tx->judged_seq;

	if (unjudged(sk, ctx)) {
		tx->judged_seq = tx->end_seq;
		show_again(tx);
	} else if (tx->pass && len) {
		len = min_t(u64, tx->pass, len);
		WRITE_ONCE(tx->pass, tx->pass - len);
		pass(sk, tx, len);
		show_again(tx);
	}
}

/**
 * lua_tx_judge - let the script judge what is there, and TCP queue what it passes
 * @sk: socket
 * @ctx: its context
 * @send: the call that this is done for
 *
 * Context: process context, @sk locked; for sendmsg() it is unlocked for a moment
 *	when the script has worked for long
 * Return: 0: all has been judged, or the script waits, or, if this is not for
 *	sendmsg(), it has had the instructions of a call. -EAGAIN: all has been,
 *	or could not yet be because TCP has no memory for what was passed.
 *	-EINTR: the caller is being killed. -EPIPE: it is not the same stream any
 *	more. Other errors: sending has failed, and what is left in the queue has
 *	not been sent.
 */
int lua_tx_judge(struct sock *sk, struct lua_ulp_ctx *ctx,
		 const struct lua_send *send)
{
	int disconnects = sk->sk_disconnects;
	struct lua_tx *tx = &ctx->tx;
	u64 before = ctx->spent.total;
	int ret;

	for (;;) {
		if (!tx->err)
			pass_on(sk, ctx);
		ret = lua_tx_flush(sk, tx, send) ?: tx->err;
		if (ret)
			return ret;
		/* A script that judges byte by byte has its instructions for each
		 * of them. Who may not unlock the socket meanwhile lets it have
		 * those of one call, and of the last.
		 */
		if (!send->msg && ctx->spent.total - before >= lua_sock_budget(sk, ctx))
			return 0;
		ret = judge(sk, ctx, send);
		if (ret <= 0)
			return ret;
		if (send->msg && lua_sock_breathe(sk, ctx) &&
		    sk->sk_disconnects != disconnects)
			return -EPIPE;
	}
}

/**
 * lua_tx_is_open - is there nothing to ask the gate?
 * @sk: socket
 * @ctx: its context
 *
 * Context: @sk locked
 * Return: true if TCP may take what the application sends, now and later
 */
bool lua_tx_is_open(struct sock *sk, const struct lua_ulp_ctx *ctx)
{
	return unjudged(sk, ctx) && !ctx->tx.err && !lua_tx_len(&ctx->tx);
}

/**
 * lua_tx_has_room - may the script hold back more than it does?
 * @sk: socket
 * @ctx: its context
 *
 * Nobody else can set a limit here: the application cannot know what is held,
 * and has been told that it was sent. If the limit is reached, sending fails.
 *
 * Context: @sk locked
 * Return: false if sending has failed
 */
bool lua_tx_has_room(struct sock *sk, struct lua_ulp_ctx *ctx)
{
	int limit = READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_wmem[2]);
	char error[64];

	if (ctx->tx.mem < max(limit, sk->sk_sndbuf))
		return true;
	snprintf(error, sizeof(error), "the script holds back %u bytes, too many",
		 ctx->tx.end_seq - ctx->tx.judged_seq);
	lua_sock_set_error(ctx, error);
	fail(sk, ctx, -ENOBUFS);
	return !ctx->tx.err;
}

/**
 * lua_tx_begin_again - another hook judges from here on
 * @sk: socket
 * @ctx: its context
 *
 * What the old one held back is judged now: who knows when more is sent.
 *
 * Context: process context, @sk locked
 */
void lua_tx_begin_again(struct sock *sk, struct lua_ulp_ctx *ctx)
{
	const struct lua_send send = { .flags = MSG_DONTWAIT };
	struct lua_tx *tx = &ctx->tx;

	if (tx->pass == LUA_PASS_ALL)
		WRITE_ONCE(tx->pass, 0);
	show_again(tx);
	if (!lua_tx_len(tx))
		return;
	lua_tx_judge(sk, ctx, &send);
	if (tx->err)
		lua_tx_purge(tx);
}

/**
 * lua_tx_end - nothing more will be sent
 * @sk: socket
 * @ctx: its context
 *
 * The script judges what it has held back. What it still leaves is thrown away.
 *
 * Context: process context, @sk locked
 * Return: false if TCP has no memory for all that was passed: a regular end of
 *	the stream would be a lie
 */
bool lua_tx_end(struct sock *sk, struct lua_ulp_ctx *ctx)
{
	const struct lua_send send = { .flags = MSG_DONTWAIT, .ended = true };
	u8 shut = sk->sk_shutdown & SEND_SHUTDOWN;
	struct lua_tx *tx = &ctx->tx;
	u32 left;

	if (!lua_tx_len(tx))
		return true;
	if (sk->sk_state == TCP_CLOSE) {
		lua_tx_purge(tx);
		return true;
	}

	/* TCP takes nothing any more once this is set. */
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown & ~SEND_SHUTDOWN);
	lua_tx_judge(sk, ctx, &send);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | shut);

	if (tx->out_seq != tx->judged_seq)
		return false;
	left = lua_tx_len(tx);
	if (left && !tx->err)
		lua_sock_set_error(ctx, "the stream ended with bytes not judged");
	LUA_ADD_STATS(sock_net(sk), LUA_MIB_SENTUNJUDGEDBYTES, left);
	lua_tx_purge(tx);
	return true;
}
