// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive gate: how many bytes at the head of the stream has the script
 * passed?
 *
 * Received data stays where TCP puts it, in the receive queue. What has been
 * passed is known by its end, as a sequence number, so that whoever reads by
 * TCP's own means also keeps the gate's account. A reader asks here, with the
 * socket locked, and reads no more than the answer before it unlocks.
 *
 * A replacement need not be as long as what it replaces, so it has no sequence
 * numbers: it waits in a queue of its own until all before it has been read.
 * No more is judged until it has been read too, which keeps the stream in
 * order and the memory bounded.
 *
 *	copied_seq        judged_seq    judged_seq + skip      end of queue
 *	    |  passed, unread  |  to be thrown away  |  not judged  |
 *	                       ^
 *	                       subst is read here
 */
#include <net/sock.h>

#include "lua_ulp.h"

/**
 * lua_gate_init - a stream of which nothing has been seen
 * @rx: gate's state
 */
void lua_gate_init(struct lua_rx *rx)
{
	memset(rx, 0, sizeof(*rx));
	__skb_queue_head_init(&rx->subst);
}

/* Is what has been judged, and is still there, to be read from TCP as it is? */
static bool rx_is_passed(const struct lua_rx *rx)
{
	return !rx->err && !lua_rx_must_be_read(rx);
}

/* Show what has not been judged, be it new or not. */
static void show_again(struct lua_rx *rx)
{
	WRITE_ONCE(rx->shown_seq, rx->judged_seq);
	rx->want = 0;
	rx->ended = false;
}

/**
 * lua_gate_begin_again - another hook judges from here on
 * @rx: gate's state
 * @judged: there was a hook before
 *
 * Context: socket locked
 */
void lua_gate_begin_again(struct lua_rx *rx, bool judged)
{
	/* judged_seq has not been kept, except for what takes the place of what follows */
	if ((!judged || rx->pass == LUA_PASS_ALL) && rx_is_passed(rx))
		WRITE_ONCE(rx->started, false);
	if (rx->pass == LUA_PASS_ALL)
		WRITE_ONCE(rx->pass, 0);
	show_again(rx);
}

/**
 * lua_gate_purge - free what a gate holds
 * @rx: gate's state
 *
 * Context: any
 */
void lua_gate_purge(struct lua_rx *rx)
{
	__skb_queue_purge(&rx->subst);
	WRITE_ONCE(rx->subst_len, 0);
}

/**
 * lua_gate_reset - another stream, on the same socket
 * @rx: gate's state
 *
 * Others may look at it without the lock.
 *
 * Context: socket locked
 */
void lua_gate_reset(struct lua_rx *rx)
{
	lua_gate_purge(rx);
	WRITE_ONCE(rx->started, false);
	WRITE_ONCE(rx->err, 0);
	WRITE_ONCE(rx->pass, 0);
	rx->want = 0;
	rx->skip = 0;
	rx->subst_off = 0;
	rx->ended = false;
}

static u32 queue_end(const struct sock *sk)
{
	const struct sk_buff *skb = skb_peek_tail(&sk->sk_receive_queue);

	if (!skb)
		return tcp_sk(sk)->copied_seq;
	return TCP_SKB_CB(skb)->end_seq -
	       !!(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN);
}

static bool stream_ended(const struct sock *sk)
{
	return sock_flag(sk, SOCK_DONE) || sk->sk_state == TCP_CLOSE ||
	       (sk->sk_shutdown & RCV_SHUTDOWN);
}

/* Bytes that TCP will read before @end. It leaves out an urgent byte, unless
 * the application wants that in line.
 */
static int bytes_before(const struct sock *sk, u32 end)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	int n = end - tp->copied_seq;

	if (n <= 0)
		return 0;
	if (unlikely(tp->urg_data) && !sock_flag(sk, SOCK_URGINLINE) &&
	    !before(tp->urg_seq, tp->copied_seq) && before(tp->urg_seq, end))
		n--;
	return n;
}

/* An urgent byte is replaced like any other: it must not be read out of line. */
static void forget_urgent(struct sock *sk, u32 start, u32 end)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (likely(!tp->urg_data) ||
	    before(tp->urg_seq, start) || !before(tp->urg_seq, end))
		return;
	WRITE_ONCE(tp->urg_data, 0);
	tcp_fast_path_check(sk);
}

/* TCP throws away what has been replaced as if it were read: acknowledged, freed,
 * window opened.
 */
static noinline void throw_away(struct sock *sk, struct lua_rx *rx)
{
	u32 end = rx->judged_seq + rx->skip;
	int peek_off = READ_ONCE(sk->sk_peek_off);
	struct scm_timestamping_internal tss;
	struct msghdr msg = {};
	int n, cmsg_flags = 0;

	forget_urgent(sk, rx->judged_seq, end);
	while ((n = bytes_before(sk, end)) > 0) {
		if (tcp_recvmsg_locked(sk, &msg, n, MSG_TRUNC | MSG_DONTWAIT,
				       &tss, &cmsg_flags) <= 0)
			break;
	}
	WRITE_ONCE(rx->judged_seq, end - n);
	rx->skip = n;
	/* The application never saw those bytes, so it has not peeked at them. */
	WRITE_ONCE(sk->sk_peek_off, peek_off);
}

/* Throw away what has been replaced, once all before it has been read. */
static void settle(struct sock *sk, struct lua_rx *rx)
{
	if (unlikely(rx->skip) && !bytes_before(sk, rx->judged_seq))
		throw_away(sk, rx);
}

/* A script that fails has not decided anything; the application may have chosen
 * to go on without it.
 */
static void fail(struct sock *sk, struct lua_ulp_ctx *ctx, int err)
{
	struct lua_rx *rx = &ctx->rx;

	if (!lua_sock_failed(sk, ctx, err)) {
		WRITE_ONCE(rx->err, -EIO);
		return;
	}
	rx->want = 0;
	WRITE_ONCE(rx->pass, LUA_PASS_ALL);
	lua_info_unjudged(sk, ctx, queue_end(sk) - rx->judged_seq);
}

static void refuse(struct sock *sk, struct lua_ulp_ctx *ctx)
{
	WRITE_ONCE(ctx->rx.err, -ECONNREFUSED);
	LUA_COUNT(ctx, LUA_MIB_REFUSED, 1);
}

/* What a replacement takes counts as received, as what it replaces did. */
static bool charge_subst(struct sock *sk, struct sk_buff_head *subst)
{
	struct sk_buff *skb;

	skb_queue_walk(subst, skb) {
		if (!sk_rmem_schedule(sk, skb, skb->truesize))
			return false;
		skb_set_owner_r(skb, sk);
	}
	return true;
}

static void replace(struct sock *sk, struct lua_ulp_ctx *ctx,
		    struct lua_verdict *verdict)
{
	struct lua_rx *rx = &ctx->rx;

	if (!charge_subst(sk, &verdict->subst)) {
		__skb_queue_purge(&verdict->subst);
		lua_sock_set_error(ctx, "no receive memory for a replacement");
		fail(sk, ctx, -ENOMEM);
		return;
	}
	rx->skip = verdict->len;
	WRITE_ONCE(rx->subst_len, verdict->subst_len);
	skb_queue_splice_init(&verdict->subst, &rx->subst);
	LUA_COUNT(ctx, LUA_MIB_REPLACED, 1);
	LUA_COUNT(ctx, LUA_MIB_REPLACEDBYTES, verdict->len);
	settle(sk, rx);
}

static void pass(struct sock *sk, struct lua_ulp_ctx *ctx, u32 len)
{
	WRITE_ONCE(ctx->rx.judged_seq, ctx->rx.judged_seq + len);
	LUA_COUNT(ctx, LUA_MIB_PASSEDBYTES, len);
}

static void drop(struct sock *sk, struct lua_ulp_ctx *ctx, u32 len)
{
	ctx->rx.skip = len;
	LUA_COUNT(ctx, LUA_MIB_DROPPEDBYTES, len);
	settle(sk, &ctx->rx);
}

static void apply(struct sock *sk, struct lua_ulp_ctx *ctx,
		  struct lua_verdict *verdict)
{
	struct lua_rx *rx = &ctx->rx;

	rx->want = 0;
	WRITE_ONCE(rx->pass, verdict->pass);
	switch (verdict->action) {
	case LUA_PASS:
		pass(sk, ctx, verdict->len);
		/* The rest is shown at once: the next message, perhaps. A script
		 * that cannot do with it passes none of it, and waits.
		 */
		if (verdict->len)
			show_again(rx);
		break;
	case LUA_DROP:
		drop(sk, ctx, verdict->len);
		if (verdict->len)
			show_again(rx);
		break;
	case LUA_MORE:
		rx->want = verdict->len;
		break;
	case LUA_REPLACE:
		replace(sk, ctx, verdict);
		if (verdict->len)
			show_again(rx);
		break;
	case LUA_REFUSE:
		WRITE_ONCE(rx->pass, 0);
		lua_sock_set_error(ctx, verdict->reason);
		kfree(verdict->reason);
		refuse(sk, ctx);
		break;
	}
}

static bool own_buffer(struct sk_buff *skb)
{
	if (skb_has_frag_list(skb))
		return !skb_linearize(skb);
	if (skb_copy_ubufs(skb, GFP_KERNEL))
		return false;
	skb_shinfo(skb)->flags &= ~SKBFL_SHARED_FRAG;
	return true;
}

/* A peer on this host may have sent pages that it can still write to. What the
 * script judges must be what the application gets, so take a copy of them. TCP may
 * add bytes of the same kind to a buffer later, and says so again.
 */
static int own_bytes(struct sock *sk, struct lua_ulp_ctx *ctx)
{
	struct sk_buff *skb;

	skb_queue_walk(&sk->sk_receive_queue, skb) {
		if (!after(TCP_SKB_CB(skb)->end_seq, ctx->rx.judged_seq) ||
		    !skb_has_shared_frag(skb))
			continue;
		if (!own_buffer(skb))
			return -ENOMEM;
		ctx->spent.held += skb->len / 16;
	}
	return 0;
}

/* TCP keeps the urgent byte of the first segment that had one, and that segment
 * may have been dropped, or the script has written to the byte: the one in the queue
 * is the one to read, if it is passed, now or later.
 */
static void refresh_urgent(struct sock *sk, struct lua_view *view)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 from = tp->urg_seq - view->seq;
	u8 byte;

	if (likely(!(tp->urg_data & TCP_URG_VALID)) || from >= view->len)
		return;
	if (lua_view_copy(view, from, &byte, 1) > 0)
		WRITE_ONCE(tp->urg_data, TCP_URG_VALID | byte);
}

/* Returns 1, or -EINTR if a reader was killed before the script judged: another
 * one may have more luck.
 */
static noinline int call_script(struct sock *sk, struct lua_ulp_ctx *ctx, u32 end,
				unsigned int flags)
{
	struct lua_rx *rx = &ctx->rx;
	u32 len = end - rx->judged_seq;
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

	lua_view_init(&view, &sk->sk_receive_queue, rx->judged_seq, len,
		      true);
	err = lua_sock_judge(sk, ctx, SS_LUA_HOOK_RECEIVE, &view, flags, &verdict);
	WRITE_ONCE(rx->shown_seq, end);
	refresh_urgent(sk, &view);
	if (err) {
		fail(sk, ctx, err);
		return 1;
	}
	apply(sk, ctx, &verdict);
	return 1;
}

/* What the script holds back takes room, whole buffers of it, and TCP closes the
 * window when less than a segment is left, or a sixteenth of the buffer: the script
 * would wait for ever. Do what SO_RCVLOWAT does for an application that waits for
 * more; as much again as there is, because the peer learns of room only when it asks.
 * That goes for a size that the application chose, too: it cannot know what is held
 * back.
 */
static void make_room(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int space = tcp_space_from_win(sk, 2 * inet_csk(sk)->icsk_ack.rcv_mss);
	s64 held = atomic_read(&sk->sk_rmem_alloc);

	space = min_t(s64, held + max_t(s64, space, held),
		      READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_rmem[2]));
	if (space <= sk->sk_rcvbuf)
		return;
	WRITE_ONCE(sk->sk_rcvbuf, space);
	if (tp->window_clamp < tcp_win_from_space(sk, space))
		WRITE_ONCE(tp->window_clamp, tcp_win_from_space(sk, space));
}

/* Let the script judge what has arrived. Returns 1 if it has, 0 if there is
 * nothing to judge, -EAGAIN if it must see more first, -ENOMEM, -EINTR.
 */
static int judge(struct sock *sk, struct lua_ulp_ctx *ctx, bool nonblock)
{
	unsigned int flags = nonblock ? LUA_NONBLOCK : 0;
	struct lua_rx *rx = &ctx->rx;
	u32 end = queue_end(sk);
	int ret;

	if (!before(rx->judged_seq, end))
		return 0;
	/* In softirq, as some kernel users read: no Lua there. */
	if (!sock_owned_by_user_nocheck(sk))
		return -EAGAIN;
	if (stream_ended(sk))
		flags |= LUA_ENDED;
	if (end == rx->shown_seq || end - rx->judged_seq < rx->want) {
		if (!(flags & LUA_ENDED)) {
			make_room(sk);
			return -EAGAIN;
		}
		if (rx->ended) {
			lua_sock_set_error(ctx, "the stream ended with data not passed");
			refuse(sk, ctx);
			return 1;
		}
		rx->ended = true;
	}
	ret = own_bytes(sk, ctx) ?: call_script(sk, ctx, end, flags);
	if (ret < 0)
		rx->ended = false;
	return ret;
}

/* All that arrives may be read. */
static bool unjudged(struct sock *sk, const struct lua_ulp_ctx *ctx)
{
	return !lua_prog_has(lua_ctx_prog(sk, ctx), SS_LUA_HOOK_RECEIVE) ||
	       ctx->rx.pass == LUA_PASS_ALL;
}

/* What the script has said beforehand about data to come. */
static void pass_on(struct sock *sk, struct lua_ulp_ctx *ctx)
{
	struct lua_rx *rx = &ctx->rx;
	u32 end = queue_end(sk);
	u32 len;

	if (unjudged(sk, ctx)) {
		WRITE_ONCE(rx->judged_seq, end);
	} else if (rx->pass && before(rx->judged_seq, end)) {
		len = min_t(u64, rx->pass, end - rx->judged_seq);
		WRITE_ONCE(rx->pass, rx->pass - len);
		pass(sk, ctx, len);
		show_again(rx);
	}
}

/* Sequence numbers mean something only once there is a connection. */
static void start(struct sock *sk, struct lua_rx *rx)
{
	WRITE_ONCE(rx->judged_seq, tcp_sk(sk)->copied_seq);
	WRITE_ONCE(rx->shown_seq, rx->judged_seq);
	WRITE_ONCE(rx->started, true);
}

/* TCP has read beyond what was judged: the end of the stream, which counts as a
 * sequence number, or by a call that began before there was a script.
 */
static void catch_up(struct sock *sk, struct lua_rx *rx)
{
	u32 copied_seq = tcp_sk(sk)->copied_seq;

	if (!rx->skip && before(rx->judged_seq, copied_seq))
		WRITE_ONCE(rx->judged_seq, copied_seq);
}

/* What can be read now, as lua_gate() returns it. @again: the script has judged, and
 * there may be more.
 */
static int ready_now(struct sock *sk, struct lua_ulp_ctx *ctx, int want,
		     bool nonblock, bool *again)
{
	struct lua_rx *rx = &ctx->rx;
	int ready, ret;

	*again = false;
	if (!rx->started) {
		if (skb_queue_empty(&sk->sk_receive_queue))
			return 0;
		start(sk, rx);
	}
	settle(sk, rx);
	catch_up(sk, rx);
	if (rx_is_passed(rx))
		pass_on(sk, ctx);
	ready = bytes_before(sk, rx->judged_seq) + rx->subst_len;
	if (lua_rx_must_be_read(rx))
		return ready ?: -EAGAIN;
	if (ready && ready >= want)
		return ready;
	if (rx->err)
		return ready ?: rx->err;
	ret = judge(sk, ctx, nonblock);
	*again = ret > 0;
	/* Mostly it passes all that is wanted, and there is nothing else to look at. */
	if (*again && rx_is_passed(rx) && !rx->pass)
		ready = bytes_before(sk, rx->judged_seq);
	return ready ?: min(ret, 0);
}

/**
 * lua_gate_locked - make bytes available, for who must keep the lock
 * @sk: socket
 * @ctx: its context
 * @want: bytes that the caller would like, at least 1; the script is asked for
 *	more until they are there, or nothing is left to judge
 * @nonblock: told to the script
 *
 * Context: process context, @sk locked; or softirq with @sk locked, where only
 *	what has been passed before is available
 * Return: how many bytes can be read, all from before the script's last
 *	verdict: first lua_gate_head() bytes from TCP, then the replacement.
 *	0: nothing has arrived, TCP knows why. -EAGAIN: something has arrived,
 *	but the script must see more of it. Other negative errors: what
 *	reading fails with.
 */
int lua_gate_locked(struct sock *sk, struct lua_ulp_ctx *ctx, int want,
		    bool nonblock)
{
	bool again;
	int ready;

	do {
		ready = ready_now(sk, ctx, want, nonblock, &again);
	} while (again && ready < want);
	return ready;
}

/**
 * lua_gate - make bytes available
 * @sk: socket
 * @ctx: its context
 * @want: as for lua_gate_locked()
 * @nonblock: told to the script
 *
 * Context: process context, @sk locked; it is unlocked for a moment when the
 *	script has worked for long
 * Return: as lua_gate_locked(), for the lock that is held then
 */
int lua_gate(struct sock *sk, struct lua_ulp_ctx *ctx, int want, bool nonblock)
{
	int disconnects = sk->sk_disconnects;
	bool again;
	int ready;

	for (;;) {
		ready = ready_now(sk, ctx, want, nonblock, &again);
		if (!again)
			return ready;
		if (lua_sock_breathe(sk, ctx)) {
			/* another stream, as for who waits in TCP */
			if (sk->sk_disconnects != disconnects)
				return -EPIPE;
		} else if (ready >= want) {
			return ready;
		}
	}
}

/**
 * lua_gate_head - the bytes that TCP may read
 * @sk: socket
 * @ctx: its context
 *
 * Context: @sk locked
 * Return: bytes at the head of the receive queue that the script has passed
 */
int lua_gate_head(struct sock *sk, const struct lua_ulp_ctx *ctx)
{
	return bytes_before(sk, ctx->rx.judged_seq);
}

/**
 * lua_gate_is_open - is there nothing to ask the gate?
 * @sk: socket
 * @ctx: its context
 *
 * Context: @sk locked
 * Return: true if what TCP has is what may be read, now and later
 */
bool lua_gate_is_open(struct sock *sk, const struct lua_ulp_ctx *ctx)
{
	const struct lua_rx *rx = &ctx->rx;

	return unjudged(sk, ctx) && rx_is_passed(rx);
}

/**
 * lua_gate_urgent - may the urgent byte be read?
 * @sk: socket
 * @ctx: its context
 *
 * Context: @sk locked
 * Return: false if the script has not passed it
 */
bool lua_gate_urgent(struct sock *sk, const struct lua_ulp_ctx *ctx)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct lua_rx *rx = &ctx->rx;

	if (!tp->urg_data)
		return true;
	/* to be thrown away once all before it has been read */
	if (rx->skip && !before(tp->urg_seq, rx->judged_seq) &&
	    before(tp->urg_seq, rx->judged_seq + rx->skip))
		return false;
	return (unjudged(sk, ctx) && !rx->err) ||
	       (rx->started && before(tp->urg_seq, rx->judged_seq));
}

/**
 * lua_gate_took_subst - bytes of the replacement have been read
 * @ctx: context
 * @len: how many, all of the first buffer or less
 *
 * Context: socket locked
 */
void lua_gate_took_subst(struct lua_ulp_ctx *ctx, u32 len)
{
	struct lua_rx *rx = &ctx->rx;
	struct sk_buff *skb = skb_peek(&rx->subst);

	WRITE_ONCE(rx->subst_len, rx->subst_len - len);
	rx->subst_off += len;
	if (rx->subst_off < skb->len)
		return;
	rx->subst_off = 0;
	__skb_unlink(skb, &rx->subst);
	consume_skb(skb);
}

/**
 * lua_gate_tell - somebody has read; tell of what is left
 * @sk: socket
 * @ctx: its context
 *
 * Who reads less than it asked for, or all that SIOCINQ counted, may wait for an event
 * then, as epoll(7) has it. What has arrived and was not shown to the script yet, because
 * what it had passed was to be read first, must cause one.
 *
 * Context: process context, @sk locked
 */
void lua_gate_tell(struct sock *sk, const struct lua_ulp_ctx *ctx)
{
	const struct lua_rx *rx = &ctx->rx;
	u32 end = queue_end(sk);

	if (rx->err || rx->subst_len ||
	    (rx->started && rx->shown_seq != end &&
	     before(rx->judged_seq + rx->skip, end)))
		sk->sk_data_ready(sk);
}

/**
 * lua_gate_wait - wait for more to arrive
 * @sk: socket
 * @timeo: jiffies that are left
 *
 * Context: process context, @sk locked; it is unlocked meanwhile
 * Return: 0 when it is worth to ask again; a negative error
 */
int lua_gate_wait(struct sock *sk, long *timeo)
{
	int err;

	if (!*timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(*timeo);
	err = sk_wait_data(sk, timeo, skb_peek_tail(&sk->sk_receive_queue));
	return min(err, 0);
}
