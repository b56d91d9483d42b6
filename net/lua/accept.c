// SPDX-License-Identifier: GPL-2.0-only
/*
 * accept(): a listener's script decides whether the application gets a new
 * connection. One that is refused is reset, and accept() goes on as if it had
 * never been there.
 */
#include <linux/sched/signal.h>
#include <net/sock.h>

#include "lua_ulp.h"

/* Whatever the listener had when the connection was made, nothing has been read
 * of it yet: the script that the listener has now sees it from the first byte.
 */
static int take_over(struct sock *newsk, struct lua_prog *prog)
{
	int err = 0;

	lock_sock(newsk);
	if (inet_csk(newsk)->icsk_ulp_ops != &lua_ulp_ops)
		err = lua_ulp_attach(newsk, prog);
	else
		lua_sock_adopt(newsk, prog);
	release_sock(newsk);
	return err;
}

/* Returns true if the application may have it. The script runs in the
 * listener's state, so that is locked first. -EINTR goes to @killed.
 */
static bool allows(struct sock *sk, struct sock *newsk, bool *killed)
{
	struct lua_event event = {
		.which = SS_LUA_HOOK_ACCEPT,
		.conn = newsk,
		.allowed = true,
	};
	struct lua_ulp_ctx *ctx;
	int err = 0;

	lock_sock(sk);
	ctx = lua_sock_ctx(sk);
	if (IS_ERR(ctx)) {
		err = PTR_ERR(ctx);
	} else if (ctx && lua_prog_has(lua_ctx_prog(sk, ctx), SS_LUA_HOOK_ACCEPT)) {
		event.allowed = false;
		lock_sock_nested(newsk, SINGLE_DEPTH_NESTING);
		err = lua_event(sk, ctx, &event);
		release_sock(newsk);
	}
	release_sock(sk);
	*killed = err == -EINTR;
	return !err && event.allowed;
}

/* With TCP's own operations: the script knows this connection by its listener
 * only, so there are no last words.
 */
static void refuse(struct sock *newsk)
{
	lua_proto_restore(newsk);
	sock_no_linger(newsk);
	newsk->sk_prot->close(newsk, 0);
}

/* What one accept() that must not wait refuses before it has its answer */
#define REFUSALS	64

/* Wait as TCP does, but count the time from when accept() was called. Peers that come
 * faster than they are refused do not keep who is to end.
 */
static int wait_for_connection(struct sock *sk, int flags, unsigned long start)
{
	struct request_sock_queue *queue = &inet_csk(sk)->icsk_accept_queue;
	long timeo = sock_rcvtimeo(sk, flags & O_NONBLOCK);
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = 0;

	if (!timeo)
		return 0;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	if (timeo != MAX_SCHEDULE_TIMEOUT)
		timeo = max_t(long, timeo - (long)(jiffies - start), 0);
	if (!timeo)
		return -EAGAIN;

	add_wait_queue_exclusive(sk_sleep(sk), &wait);
	lock_sock(sk);
	for (;;) {
		err = 0;
		if (!reqsk_queue_empty(queue) || sk->sk_state != TCP_LISTEN)
			break;
		err = sock_intr_errno(timeo);
		if (signal_pending(current))
			break;
		err = -EAGAIN;
		if (!timeo)
			break;
		sk_wait_event(sk, &timeo, !reqsk_queue_empty(queue), &wait);
	}
	release_sock(sk);
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

/* There may be more connections, for which there was an event already. */
static int come_again(struct sock *sk)
{
	if (!reqsk_queue_empty(&inet_csk(sk)->icsk_accept_queue))
		sk->sk_data_ready(sk);
	return -EAGAIN;
}

/* TCP's accept(), and what it does not know. Returns NULL with arg->err 0 if
 * the connection was refused.
 */
static struct sock *accept_one(struct sock *sk, struct proto_accept_arg *arg)
{
	struct sock *newsk = lua_proto_base(sk)->accept(sk, arg);
	struct lua_prog *prog;
	bool asks, killed;

	if (!newsk)
		return NULL;
	prog = lua_sock_prog_get(sk);
	asks = lua_prog_has(prog, SS_LUA_HOOK_ACCEPT);
	if (take_over(newsk, prog)) {
		/* Somebody else reads it already, a sockmap for example. */
		newsk->sk_prot->close(newsk, 0);
		arg->err = -ECONNABORTED;
		return NULL;
	}
	if (!asks || allows(sk, newsk, &killed))
		return newsk;
	refuse(newsk);
	/* Other processes that share the listener get the others. */
	arg->err = killed ? -EINTR : 0;
	return NULL;
}

/**
 * lua_ulp_accept - proto->accept() of a socket with the protocol
 * @sk: listener
 * @arg: as accept() has it
 *
 * Context: process context
 * Return: a connection that the script has passed, or NULL with an error in @arg
 */
struct sock *lua_ulp_accept(struct sock *sk, struct proto_accept_arg *arg)
{
	unsigned long start = jiffies;
	int flags = arg->flags;
	struct sock *newsk;
	int refused = 0;

	newsk = accept_one(sk, arg);
	while (!newsk && (!arg->err ||
			  (arg->err == -EAGAIN && arg->flags != flags))) {
		arg->err = wait_for_connection(sk, flags, start);
		if (!arg->err && (flags & O_NONBLOCK) && ++refused == REFUSALS)
			arg->err = come_again(sk);
		if (arg->err)
			break;
		/* Another thread may be faster; then this one waits again. */
		arg->flags |= O_NONBLOCK;
		newsk = accept_one(sk, arg);
	}
	arg->flags = flags;
	return newsk;
}
