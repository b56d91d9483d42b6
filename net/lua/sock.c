// SPDX-License-Identifier: GPL-2.0-only
/*
 * A socket's context.
 *
 * An accepted connection costs nothing but a reference until it is used:
 * icsk_ulp_data is then the program itself, with its lowest bit set. The first
 * call that needs more, in process context, makes the context there, charged
 * to that process.
 *
 * A sandbox ends in process context only. close() does it at once; for a
 * socket that dies without one, a work item does. The context stays for a
 * grace period more, because a listener's may be read by softirq.
 */
#include <linux/cache.h>
#include <linux/lua.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <trace/events/lua.h>

#include "lua_ulp.h"

#define LUA_DATA_PROG	1UL

static struct workqueue_struct *lua_wq __ro_after_init;

static void *data_of(const struct sock *sk)
{
	return rcu_dereference_check(inet_csk(sk)->icsk_ulp_data,
				     lockdep_sock_is_held(sk));
}

static struct lua_prog *data_prog(const void *data)
{
	unsigned long bits = (unsigned long)data;

	return bits & LUA_DATA_PROG ? (struct lua_prog *)(bits & ~LUA_DATA_PROG) :
				      NULL;
}

static struct lua_ulp_ctx *data_ctx(void *data)
{
	return data_prog(data) ? NULL : data;
}

/**
 * lua_sock_peek - look at a socket's context, without making one
 * @sk: socket
 * @prog: gets its script, or NULL
 *
 * Context: any; @sk locked, or within an RCU read-side critical section
 * Return: the context, or NULL
 */
struct lua_ulp_ctx *lua_sock_peek(const struct sock *sk,
				  const struct lua_prog **prog)
{
	void *data = data_of(sk);
	struct lua_ulp_ctx *ctx = data_ctx(data);

	if (prog)
		*prog = ctx ? rcu_dereference_check(ctx->prog,
						    lockdep_sock_is_held(sk)) :
			      data_prog(data);
	return ctx;
}

static void set_data(struct sock *sk, void *data)
{
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, data);
}

/**
 * lua_sock_inherit - give a new connection its script
 * @sk: connection, locked or not yet known to anyone
 * @prog: script, or NULL; the reference goes to @sk
 *
 * Context: process context or softirq
 */
void lua_sock_inherit(struct sock *sk, struct lua_prog *prog)
{
	set_data(sk, prog ? (void *)((unsigned long)prog | LUA_DATA_PROG) : NULL);
}

/**
 * lua_sock_adopt - give a connection that is being accepted its listener's script
 * @sk: connection, of which nothing has been read
 * @prog: script, or NULL to leave @sk the one it has; the reference goes to @sk
 *
 * Context: process context, @sk locked
 */
void lua_sock_adopt(struct sock *sk, struct lua_prog *prog)
{
	struct lua_prog *old = data_prog(data_of(sk));

	if (!prog)
		return;
	lua_sock_inherit(sk, prog);
	lua_prog_put(old);
}

/**
 * lua_sock_prog_get - a socket's script
 * @sk: socket; it need not be locked
 *
 * Context: process context or softirq
 * Return: the script with a reference, or NULL if there is none
 */
struct lua_prog *lua_sock_prog_get(const struct sock *sk)
{
	struct lua_prog *prog = NULL;
	void *data = NULL, *last;

	rcu_read_lock();
	do {
		last = data;
		data = data_of(sk);
		/* A copy of a socket that has been closed meanwhile. */
		if (data == last && data_prog(data)) {
			prog = NULL;
			break;
		}
		prog = data_prog(data);
		if (!prog && data)
			prog = rcu_dereference(data_ctx(data)->prog);
		/* A script whose count is 0 has just been replaced. */
	} while (prog && !refcount_inc_not_zero(&prog->ref));
	rcu_read_unlock();
	return prog;
}

/**
 * lua_sock_is_readable - proto->sock_is_readable()
 * @sk: socket
 *
 * TCP counts what is in the receive queue. This adds what is not there: a
 * replacement, or the script's refusal.
 *
 * Context: any; @sk need not be locked
 * Return: true if reading will not wait
 */
bool lua_sock_is_readable(struct sock *sk)
{
	const struct lua_ulp_ctx *ctx;
	bool readable;

	rcu_read_lock();
	ctx = data_ctx(data_of(sk));
	readable = ctx && (READ_ONCE(ctx->rx.err) ||
			   READ_ONCE(ctx->rx.subst_len));
	rcu_read_unlock();
	return readable;
}

/**
 * lua_sock_sends_freely - has nobody to judge what is sent?
 * @sk: socket
 *
 * Context: process context, @sk locked
 * Return: true if TCP may take what the application sends
 */
bool lua_sock_sends_freely(const struct sock *sk)
{
	const struct lua_ulp_ctx *ctx;
	const struct lua_prog *prog;
	bool freely = true;

	if (!rcu_access_pointer(inet_csk(sk)->icsk_ulp_data))
		return true;
	rcu_read_lock();
	ctx = lua_sock_peek(sk, &prog);
	if (lua_prog_has(prog, SS_LUA_HOOK_SEND))
		freely = ctx && READ_ONCE(ctx->tx.pass) == LUA_PASS_ALL;
	if (ctx && (lua_tx_len(&ctx->tx) || READ_ONCE(ctx->tx.err)))
		freely = false;
	rcu_read_unlock();
	return freely;
}

/**
 * lua_sock_held_back - bytes that were sent and that TCP has not got
 * @sk: socket
 *
 * Context: any; @sk need not be locked
 * Return: bytes with which the script waits
 */
u32 lua_sock_held_back(const struct sock *sk)
{
	const struct lua_ulp_ctx *ctx;
	u32 len;

	rcu_read_lock();
	ctx = data_ctx(data_of(sk));
	len = ctx ? lua_tx_len(&ctx->tx) : 0;
	rcu_read_unlock();
	return len;
}

static struct lua_ulp_ctx *make_ctx(struct sock *sk, gfp_t gfp)
{
	void *data = data_of(sk);
	struct lua_ulp_ctx *ctx = data_ctx(data);

	if (ctx)
		return ctx;

	ctx = kzalloc_obj(*ctx, gfp);
	if (!ctx)
		return NULL;
	lua_gate_init(&ctx->rx);
	lua_tx_init(&ctx->tx);
	ctx->mib = lua_net(sock_net(sk))->mib;
	RCU_INIT_POINTER(ctx->prog, data_prog(data));
	set_data(sk, ctx);
	return ctx;
}

/**
 * lua_sock_ctx_make - a socket's context, made if need be
 * @sk: socket
 *
 * Context: process context, @sk locked
 * Return: the context, or NULL if there is no memory
 */
struct lua_ulp_ctx *lua_sock_ctx_make(struct sock *sk)
{
	return make_ctx(sk, GFP_KERNEL_ACCOUNT);
}

/**
 * lua_sock_ctx - the context of a socket whose data a script may have to judge
 * @sk: socket
 *
 * Context: process context or softirq, @sk locked
 * Return: the context; NULL if the socket has no script and never had;
 *	ERR_PTR(-ENOMEM); ERR_PTR(-EAGAIN) if process context must make it
 */
struct lua_ulp_ctx *lua_sock_ctx(struct sock *sk)
{
	struct lua_ulp_ctx *ctx = data_ctx(data_of(sk));

	if (ctx || !data_of(sk))
		return ctx;
	/* A kernel user that reads in softirq. */
	if (!sock_owned_by_user_nocheck(sk))
		return ERR_PTR(-EAGAIN);
	ctx = lua_sock_ctx_make(sk);
	return ctx ?: ERR_PTR(-ENOMEM);
}

/**
 * lua_sock_set_prog - replace a socket's script
 * @sk: socket
 * @ctx: its context
 * @prog: script; the reference goes to @ctx
 * @klua: sandbox that has run it, or NULL to keep the one there is
 * @again: the hooks of these numbers are others: what has not been judged yet
 *	is for them to judge, as if it came now
 *
 * Context: process context, @sk locked
 */
void lua_sock_set_prog(struct sock *sk, struct lua_ulp_ctx *ctx,
		       struct lua_prog *prog, struct klua *klua,
		       unsigned long again)
{
	struct lua_prog *old = rcu_replace_pointer(ctx->prog, prog,
						   lockdep_sock_is_held(sk));

	if (klua) {
		lua_hook_sandbox_free(ctx->klua);
		WRITE_ONCE(ctx->klua, klua);
		WRITE_ONCE(ctx->memory, klua_memory(klua));
	}
	if (again & BIT(SS_LUA_HOOK_RECEIVE)) {
		lua_info_judged(sk, ctx);
		lua_gate_begin_again(&ctx->rx,
				     lua_prog_has(old, SS_LUA_HOOK_RECEIVE));
		if (sk->sk_state != TCP_LISTEN)
			sk->sk_data_ready(sk);
	}
	if (again & BIT(SS_LUA_HOOK_SEND))
		lua_tx_begin_again(sk, ctx);
	lua_prog_put(old);
}

/**
 * lua_sock_set_policy - change the rules that a socket's scripts run under
 * @sk: socket
 * @ctx: its context
 * @policy: the rules
 *
 * Context: process context, @sk locked
 * Return: 0, or -ENOMEM
 */
int lua_sock_set_policy(struct sock *sk, struct lua_ulp_ctx *ctx,
			const struct lua_policy *policy)
{
	const struct lua_prog *old = lua_ctx_prog(sk, ctx);
	struct klua_limits limits;
	struct lua_prog *prog;

	prog = lua_prog_new(old ? old->code : NULL, old);
	if (!prog)
		return -ENOMEM;
	prog->policy = *policy;
	lua_sock_set_prog(sk, ctx, prog, NULL, 0);
	if (ctx->klua) {
		lua_net_limits(sock_net(sk), policy, &limits);
		klua_set_limits(ctx->klua, &limits);
	}
	return 0;
}

/**
 * lua_sock_hit_limit - count it if a script failed because of a limit
 * @sk: socket
 * @ctx: its context, with the text
 * @err: what it failed with
 *
 * Context: process context, @sk locked
 */
void lua_sock_hit_limit(struct sock *sk, struct lua_ulp_ctx *ctx, int err)
{
	switch (err) {
	case -ETIME:
	case -ENOMEM:
	case -EOVERFLOW:
	case -ENOBUFS:
		LUA_COUNT(ctx, LUA_MIB_LIMITHITS, 1);
		trace_lua_limit(sk, err, ctx->error ?: "");
	}
}

/**
 * lua_sock_sandbox_new - make a sandbox for a script of a socket
 * @sk: socket
 * @ctx: its context
 * @image: of one for that script, or NULL
 *
 * Context: process context, @sk locked
 * Return: an empty sandbox, or ERR_PTR() with its text in SS_LUA_ERROR
 */
struct klua *lua_sock_sandbox_new(struct sock *sk, struct lua_ulp_ctx *ctx,
				  struct klua_image *image)
{
	const struct lua_policy *policy = lua_prog_policy(lua_ctx_prog(sk, ctx));
	struct net *net = sock_net(sk);
	struct klua *klua = lua_hook_sandbox(net, image);
	struct klua_limits limits;

	if (IS_ERR(klua)) {
		lua_sock_set_error(ctx, lua_quota_error(lua_net(net)->quota,
							PTR_ERR(klua)));
		LUA_COUNT(ctx, LUA_MIB_STATESREFUSED, 1);
		return klua;
	}
	lua_net_limits(net, policy, &limits);
	klua_set_limits(klua, &limits);
	lua_log_connect(klua, sk);
	return klua;
}

/**
 * lua_sock_sandbox - make sure that a socket's sandbox is there
 * @sk: socket
 * @ctx: its context, with a script
 *
 * Context: process context, @sk locked
 * Return: 0, or a negative error, whose text is in SS_LUA_ERROR then
 */
int lua_sock_sandbox(struct sock *sk, struct lua_ulp_ctx *ctx)
{
	const struct lua_prog *prog = lua_ctx_prog(sk, ctx);
	struct klua_image *image;
	struct klua *klua;
	int err;

	if (ctx->klua)
		return 0;
	image = lua_code_image(prog->code);
	klua = lua_sock_sandbox_new(sk, ctx, image);
	if (IS_ERR(klua))
		return PTR_ERR(klua);

	if (!image)
		lua_code_make_image(prog->code, klua);
	err = lua_prog_fill(klua, prog);
	if (err) {
		lua_sock_set_error(ctx, klua_error(klua));
		lua_hook_sandbox_free(klua);
		return err;
	}
	WRITE_ONCE(ctx->klua, klua);
	WRITE_ONCE(ctx->memory, klua_memory(klua));
	return 0;
}

/**
 * lua_sock_judge - let a socket's script judge data
 * @sk: socket
 * @ctx: its context, with a sandbox that has the hook
 * @which: %SS_LUA_HOOK_RECEIVE or %SS_LUA_HOOK_SEND
 * @view: the data
 * @flags: LUA_NONBLOCK, LUA_ENDED
 * @verdict: what the script decided
 *
 * Context: process context, @sk locked
 * Return: 0, or a negative error, whose text is in SS_LUA_ERROR then
 */
int lua_sock_judge(struct sock *sk, struct lua_ulp_ctx *ctx, unsigned int which,
		   struct lua_view *view, unsigned int flags,
		   struct lua_verdict *verdict)
{
	int err;

	LUA_COUNT(ctx, LUA_MIB_CALLS, 1);
	err = lua_hook_judge(ctx->klua, which, view, flags, verdict);
	lua_info_called(ctx, ctx->klua);
	/* Only in a long call does the sandbox do it. */
	cond_resched();
	if (err)
		lua_sock_set_error(ctx, klua_error(ctx->klua));
	else
		lua_trace_verdict(sk, which, view->len, verdict);
	return err;
}

/**
 * lua_sock_budget - what one call of a socket's script may take
 * @sk: socket
 * @ctx: its context
 *
 * Context: process context, @sk locked
 * Return: units of work
 */
u64 lua_sock_budget(struct sock *sk, const struct lua_ulp_ctx *ctx)
{
	struct klua_limits limits;

	if (ctx->klua)
		return klua_max_instructions(ctx->klua);
	lua_net_limits(sock_net(sk), lua_prog_policy(lua_ctx_prog(sk, ctx)), &limits);
	return limits.max_instructions;
}

/**
 * lua_sock_breathe - let others have a socket on which a script works for long
 * @sk: socket
 * @ctx: its context
 *
 * A script that judges byte by byte has its instructions for each of them. While
 * the lock is held, it gets no more than those of one call after this.
 *
 * Context: process context, @sk locked; it may be unlocked for a moment, and then
 *	anything may have changed but @ctx itself
 * Return: true if it was unlocked
 */
bool lua_sock_breathe(struct sock *sk, struct lua_ulp_ctx *ctx)
{
	bool awaited;

	if (ctx->spent.held < lua_sock_budget(sk, ctx))
		return false;
	ctx->spent.held = 0;
	/* Who waits for the lock sleeps, and would find it taken again. Who comes
	 * now may be missed, until the next time.
	 */
	awaited = waitqueue_active(&sk->sk_lock.wq);
	release_sock(sk);
	if (awaited)
		schedule_timeout_killable(1);
	lock_sock(sk);
	return true;
}

/**
 * lua_sock_failed - a script should have judged and has failed
 * @sk: socket
 * @ctx: its context, with the message in its error
 * @err: why
 *
 * Context: process context, @sk locked
 * Return: true if what it should have judged, and all that follows, is to go its
 *	way unjudged. Not if a reader was killed: that is nobody's decision.
 */
bool lua_sock_failed(struct sock *sk, struct lua_ulp_ctx *ctx, int err)
{
	LUA_COUNT(ctx, LUA_MIB_ERRORS, 1);
	trace_lua_error(sk, err, ctx->error ?: "");
	lua_sock_hit_limit(sk, ctx, err);
	return err != -EINTR &&
	       lua_prog_policy(lua_ctx_prog(sk, ctx))->onerror != SS_LUA_ONERROR_FAIL;
}

/**
 * lua_sock_set_error - remember what went wrong, for SS_LUA_ERROR
 * @ctx: context
 * @error: text, or NULL for none
 *
 * Context: process context, socket locked
 */
void lua_sock_set_error(struct lua_ulp_ctx *ctx, const char *error)
{
	kfree(ctx->error);
	ctx->error = error && *error ? kstrdup(error, GFP_KERNEL_ACCOUNT) : NULL;
}

/**
 * lua_sock_send - send what a script says
 * @sk: socket
 * @vec: bytes
 *
 * TCP does not wait, and takes what fits. An error that is there for the
 * application stays there.
 *
 * Context: process context, @sk locked; TCP may take in what the peer has sent
 * Return: bytes that were taken, or a negative error
 */
int lua_sock_send(struct sock *sk, struct kvec *vec)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };

	if (!((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) ||
	    (sk->sk_shutdown & SEND_SHUTDOWN) || READ_ONCE(sk->sk_err))
		return -ENOTCONN;
	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, vec, 1, vec->iov_len);
	return tcp_sendmsg_locked(sk, &msg, vec->iov_len);
}

/**
 * lua_sock_fin - end the stream to the peer
 * @sk: socket
 *
 * Context: process context, @sk locked
 */
void lua_sock_fin(struct sock *sk)
{
	if (!((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)))
		return;
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	lua_proto_base(sk)->shutdown(sk, SEND_SHUTDOWN);
	sk->sk_state_change(sk);
}

/**
 * struct lua_abort - a connection that is to be reset
 * @work: does it, as TCP locks the socket for that
 * @sk: socket, with a reference
 * @disconnects: how often it had been disconnected: what it is now is not meant
 *	if that has been done again
 */
struct lua_abort {
	struct work_struct work;
	struct sock *sk;
	int disconnects;
};

static void abort_work(struct work_struct *work)
{
	struct lua_abort *abort = container_of(work, struct lua_abort, work);

	/* It may still be disconnected before TCP has the lock. */
	if (READ_ONCE(abort->sk->sk_disconnects) == abort->disconnects)
		tcp_abort(abort->sk, ECONNABORTED);
	sock_put(abort->sk);
	kfree(abort);
}

/**
 * lua_sock_abort - reset a connection as soon as its socket is unlocked
 * @sk: socket; one without a connection is left alone
 *
 * Context: process context, @sk locked
 * Return: 1; 0 if there is nothing to reset; or -ENOMEM
 */
int lua_sock_abort(struct sock *sk)
{
	struct lua_abort *abort;

	if ((1 << sk->sk_state) & (TCPF_LISTEN | TCPF_CLOSE))
		return 0;
	abort = kzalloc_obj(*abort, GFP_KERNEL_ACCOUNT);
	if (!abort)
		return -ENOMEM;
	sock_hold(sk);
	abort->sk = sk;
	abort->disconnects = sk->sk_disconnects;
	INIT_WORK(&abort->work, abort_work);
	queue_work(lua_wq, &abort->work);
	return 1;
}

/**
 * lua_sock_reset - forget the connection; the script stays
 * @sk: socket that is being disconnected
 *
 * It may become a listener, and those have a context: what softirq finds in a
 * copy of it stays valid for a grace period. TCP does not ask whether this could
 * be done, so it must not fail for want of memory.
 *
 * Context: process context, @sk locked; or softirq, for a connection that was
 *	never accepted and so never had a context
 */
void lua_sock_reset(struct sock *sk)
{
	struct lua_ulp_ctx *ctx;

	if (!data_of(sk) || !sock_owned_by_user_nocheck(sk))
		return;
	ctx = make_ctx(sk, GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	lua_hook_sandbox_free(ctx->klua);
	WRITE_ONCE(ctx->klua, NULL);
	lua_info_judged(sk, ctx);
	lua_gate_reset(&ctx->rx);
	lua_tx_reset(&ctx->tx);
}

/* Bytes that the script has passed are lost: neither end may take this for a regular
 * end.
 */
static void reset_on_close(struct sock *sk)
{
	sock_set_flag(sk, SOCK_LINGER);
	WRITE_ONCE(sk->sk_lingertime, 0);
}

/**
 * lua_sock_shutdown - the application sends nothing more
 * @sk: socket
 *
 * Context: process context, @sk locked
 * Return: false if TCP could not queue all of it
 */
bool lua_sock_shutdown(struct sock *sk)
{
	struct lua_ulp_ctx *ctx = data_ctx(data_of(sk));

	return !ctx || lua_tx_end(sk, ctx);
}

/* close() comes before the work that resets the connection: let TCP do it. */
static void abort_now(struct sock *sk, const struct klua *klua)
{
	const struct lua_env *env = klua ? klua_private(klua) : NULL;

	if (env && env->aborted)
		reset_on_close(sk);
}

/* Whatever the script says, the socket is closed. A connection that has received
 * nothing gets a sandbox for it: who counts connections must see each end.
 */
static void last_words(struct sock *sk)
{
	struct lua_event event = { .which = SS_LUA_HOOK_CLOSE };
	const struct lua_prog *prog;
	struct lua_ulp_ctx *ctx;

	lua_sock_peek(sk, &prog);
	if (!lua_prog_has(prog, SS_LUA_HOOK_CLOSE) || fatal_signal_pending(current))
		return;
	ctx = lua_sock_ctx_make(sk);
	if (ctx)
		lua_event(sk, ctx, &event);
	else
		LUA_INC_STATS(sock_net(sk), LUA_MIB_ERRORS);
}

/**
 * lua_sock_close - the application has closed the socket
 * @sk: socket
 *
 * The script has its last words. Nobody reads or writes any more, so the sandbox
 * can go. Refusing from here on is for those that came in before.
 *
 * Context: process context
 */
void lua_sock_close(struct sock *sk)
{
	struct klua *klua = NULL;
	struct lua_ulp_ctx *ctx;

	lock_sock(sk);
	last_words(sk);
	ctx = data_ctx(data_of(sk));
	if (ctx) {
		/* TCP resets for what is unread, and counts the receive queue. */
		if (!lua_tx_end(sk, ctx) || ctx->rx.subst_len)
			reset_on_close(sk);
		klua = ctx->klua;
		WRITE_ONCE(ctx->klua, NULL);
		abort_now(sk, klua);
		WRITE_ONCE(ctx->rx.err, -ECONNREFUSED);
		WRITE_ONCE(ctx->tx.err, -ECONNREFUSED);
	}
	release_sock(sk);
	lua_hook_sandbox_free(klua);
}

static void ctx_free(struct work_struct *work)
{
	struct lua_ulp_ctx *ctx = container_of(to_rcu_work(work),
					       struct lua_ulp_ctx, free_work);

	lua_hook_sandbox_free(ctx->klua);
	lua_prog_put(rcu_dereference_protected(ctx->prog, true));
	kfree(ctx->error);
	lua_log_free(&ctx->log);
	kfree(ctx);
}

/**
 * lua_sock_release - the socket is dead
 * @sk: socket, which nobody uses any more
 *
 * Context: process context or softirq
 */
void lua_sock_release(struct sock *sk)
{
	void *data = rcu_dereference_protected(inet_csk(sk)->icsk_ulp_data, true);
	struct lua_ulp_ctx *ctx = data_ctx(data);

	set_data(sk, NULL);
	lua_prog_put(data_prog(data));
	if (!ctx)
		return;
	lua_gate_purge(&ctx->rx);
	lua_tx_purge(&ctx->tx);
	INIT_RCU_WORK(&ctx->free_work, ctx_free);
	queue_rcu_work(lua_wq, &ctx->free_work);
}

int __init lua_sock_init(void)
{
	lua_wq = alloc_workqueue("lua_ulp", WQ_UNBOUND, 0);
	return lua_wq ? 0 : -ENOMEM;
}

/* Contexts wait for a grace period, are freed by the queue, and drop scripts
 * that wait for another one.
 */
void lua_sock_exit(void)
{
	rcu_barrier();
	destroy_workqueue(lua_wq);
	rcu_barrier();
}
