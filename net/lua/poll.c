// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking without reading. The answer is what reading would give, so the script
 * may have to run for it: a socket whose data it holds back is not readable,
 * and one that it has refused is, because reading will not wait.
 */
#include <asm/ioctls.h>
#include <linux/poll.h>
#include <linux/sockios.h>
#include <net/sock.h>

#include "lua_ulp.h"

/* Less than SO_RCVLOWAT asks for, and still no more will come: the stream has
 * ended, or there is no room for more, as tcp_epollin_ready() sees it.
 */
static bool will_not_grow(struct sock *sk, const struct lua_rx *rx)
{
	return (sk->sk_shutdown & RCV_SHUTDOWN) || sk->sk_state == TCP_CLOSE ||
	       tcp_rmem_pressure(sk) ||
	       tcp_receive_window(tcp_sk(sk)) <= inet_csk(sk)->icsk_ack.rcv_mss ||
	       rx->err || lua_rx_must_be_read(rx);
}

static bool readable(struct sock *sk)
{
	struct lua_ulp_ctx *ctx = lua_sock_ctx(sk);
	int want = sock_rcvlowat(sk, 0, INT_MAX);
	int ready;

	/* TCP's answer stands, or reading will fail. */
	if (IS_ERR_OR_NULL(ctx))
		return true;
	ready = lua_gate(sk, ctx, want, true);
	if (ready < 0)
		return ready != -EAGAIN;
	if (!ready)
		return sk->sk_shutdown & RCV_SHUTDOWN;
	return ready >= want || will_not_grow(sk, &ctx->rx);
}

/**
 * lua_ulp_poll - proto_ops->poll() of a socket with the protocol
 * @file: as for tcp_poll()
 * @sock: socket
 * @wait: as for tcp_poll()
 *
 * TCP knows what has arrived and is asked first. Only if it finds something to
 * read, and that is what the caller wants to know, is the script asked too, which
 * takes the socket lock.
 *
 * Context: process context, may sleep
 * Return: EPOLL*
 */
__poll_t lua_ulp_poll(struct file *file, struct socket *sock, poll_table *wait)
{
	const __poll_t in = EPOLLIN | EPOLLRDNORM | EPOLLPRI;
	__poll_t mask = tcp_poll(file, sock, wait);
	struct sock *sk = sock->sk;
	struct lua_ulp_ctx *ctx;

	if (!(mask & (EPOLLIN | EPOLLPRI)) ||
	    !rcu_access_pointer(inet_csk(sk)->icsk_ulp_data) ||
	    inet_sk_state_load(sk) == TCP_LISTEN)
		return mask;
	if (!(poll_requested_events(wait) & in))
		return mask & ~in;

	lock_sock(sk);
	if (!readable(sk))
		mask &= ~(EPOLLIN | EPOLLRDNORM);
	ctx = lua_sock_ctx(sk);
	if (!IS_ERR_OR_NULL(ctx) && !lua_gate_urgent(sk, ctx))
		mask &= ~EPOLLPRI;
	release_sock(sk);
	return mask;
}

static int count_out(struct sock *sk, int cmd, int *karg)
{
	int err = lua_proto_base(sk)->ioctl(sk, cmd, karg);

	if (!err)
		*karg += lua_sock_held_back(sk);
	return err;
}

/**
 * lua_ulp_ioctl - proto->ioctl() of a socket with the protocol
 * @sk: socket
 * @cmd: SIOCINQ counts what the script has passed, SIOCOUTQ and SIOCOUTQNSD
 *	also what it holds back; others are TCP's
 * @karg: the answer
 *
 * Context: process context
 * Return: 0 or a negative error
 */
int lua_ulp_ioctl(struct sock *sk, int cmd, int *karg)
{
	struct lua_ulp_ctx *ctx;
	int ready;

	if (cmd == SIOCOUTQ || cmd == SIOCOUTQNSD)
		return count_out(sk, cmd, karg);
	if (cmd != SIOCINQ || inet_sk_state_load(sk) == TCP_LISTEN ||
	    !rcu_access_pointer(inet_csk(sk)->icsk_ulp_data))
		return lua_proto_base(sk)->ioctl(sk, cmd, karg);

	lock_sock(sk);
	ctx = lua_sock_ctx(sk);
	ready = IS_ERR(ctx) ? PTR_ERR(ctx) :
		ctx ? lua_gate(sk, ctx, INT_MAX, true) : tcp_inq(sk);
	release_sock(sk);
	*karg = max(ready, 0);
	return 0;
}

/**
 * lua_ulp_peek_len - proto_ops->peek_len() of a socket with the protocol
 * @sock: socket
 *
 * strparser asks, to know whether reading is worth it. It is, as bytes that have not
 * been judged need somebody to read them.
 *
 * Context: any; @sock may be locked, or in softirq its spinlock held
 * Return: bytes that can be read at once, or more than there can be
 */
int lua_ulp_peek_len(struct socket *sock)
{
	struct sock *sk = sock->sk;

	return rcu_access_pointer(inet_csk(sk)->icsk_ulp_data) ? INT_MAX : tcp_inq(sk);
}
