// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of a socket with the protocol: TCP's, with every way to read
 * or write led through the gates.
 *
 * A socket has two tables: sk_prot, which it has from birth, and the proto_ops
 * of its struct socket, which an accepted connection gets later.
 *
 * Who keeps the module: for sk_prot, the reference that each socket with the
 * protocol has on it. For proto_ops, their owner, as for every struct socket.
 */
#include <linux/module.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include <net/transp_v6.h>

#include "lua_ulp.h"

enum {
	LUA_IPV4,
	LUA_IPV6,
	LUA_NUM_FAMILIES
};

static struct proto lua_prots[LUA_NUM_FAMILIES] __ro_after_init;
static struct proto_ops lua_proto_ops[LUA_NUM_FAMILIES] __ro_after_init;

static int family(const struct sock *sk)
{
	return IS_ENABLED(CONFIG_IPV6) && sk->sk_family == AF_INET6 ?
	       LUA_IPV6 : LUA_IPV4;
}

/**
 * lua_proto_base - TCP's own operations for a socket
 * @sk: socket
 *
 * Return: its struct proto as it was before the protocol
 */
struct proto *lua_proto_base(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (family(sk) == LUA_IPV6)
		return &tcpv6_prot;
#endif
	return &tcp_prot;
}

/**
 * lua_proto_base_ops - TCP's own operations for a socket
 * @sk: socket
 *
 * Return: the proto_ops of its struct socket as they were before the protocol
 */
const struct proto_ops *lua_proto_base_ops(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (family(sk) == LUA_IPV6)
		return &inet6_stream_ops;
#endif
	return &inet_stream_ops;
}

/**
 * lua_proto_suits - is this a plain TCP socket?
 * @sk: socket
 *
 * A sockmap, SMC, or a kernel user such as KCM has operations or callbacks of
 * its own, which would lead past the gate.
 *
 * Return: true if nobody else has changed its operations
 */
bool lua_proto_suits(const struct sock *sk)
{
	const struct socket *sock = sk->sk_socket;

	return sk->sk_prot == lua_proto_base(sk) &&
	       !rcu_access_pointer(__sk_user_data(sk)) &&
	       (!sock || sock->ops == lua_proto_base_ops(sk));
}

/* The struct socket keeps the owner of its operations. kernel_accept() gives
 * it the listener's only after it has been grafted.
 */
static void set_ops(struct socket *sock, const struct proto_ops *ops)
{
	const struct proto_ops *old = sock->ops;

	if (!old || old == ops)
		return;
	__module_get(ops->owner);
	WRITE_ONCE(sock->ops, ops);
	module_put(old->owner);
}

/**
 * lua_proto_set - lead a socket's calls through here
 * @sk: socket with TCP's operations
 *
 * Context: process context, @sk locked
 */
void lua_proto_set(struct sock *sk)
{
	WRITE_ONCE(sk->sk_prot, &lua_prots[family(sk)]);
	if (sk->sk_socket)
		set_ops(sk->sk_socket, &lua_proto_ops[family(sk)]);
}

/**
 * lua_proto_inherit - the same for a new connection of a listener
 * @sk: the connection, not yet known to anyone
 *
 * sk_prot_creator outlives the protocol's reference on the module, in a time
 * wait socket or until the memory is freed, so it must be TCP's.
 *
 * Context: softirq
 */
void lua_proto_inherit(struct sock *sk)
{
	sk->sk_prot_creator = lua_proto_base(sk);
	WRITE_ONCE(sk->sk_prot, &lua_prots[family(sk)]);
}

/**
 * lua_proto_graft - a connection of ours has been accepted
 * @sk: the connection, with its new struct socket
 *
 * The new struct socket has the operations that its listener had when
 * accept() was called, which may have been before the protocol came.
 *
 * Context: process context, @sk locked
 */
void lua_proto_graft(struct sock *sk)
{
	set_ops(sk->sk_socket, &lua_proto_ops[family(sk)]);
}

/**
 * lua_proto_restore - the reference on the module is about to be dropped
 * @sk: a dead socket
 *
 * Context: process context or softirq
 */
void lua_proto_restore(struct sock *sk)
{
	WRITE_ONCE(sk->sk_prot, lua_proto_base(sk));
}

static int lua_connect(struct sock *sk, struct sockaddr_unsized *addr, int len)
{
	return lua_connect_judge(sk, addr, len) ?:
	       lua_proto_base(sk)->connect(sk, addr, len);
}

/* A listener's is also called for connections that it never accepted, and those
 * may come from another listener, of another protocol.
 */
static int lua_disconnect(struct sock *sk, int flags)
{
	if (inet_csk(sk)->icsk_ulp_ops == &lua_ulp_ops)
		lua_sock_reset(sk);
	return lua_proto_base(sk)->disconnect(sk, flags);
}

static void lua_shutdown(struct sock *sk, int how)
{
	/* Without all of its data the stream must not have a regular end. */
	if (!(how & SEND_SHUTDOWN) || lua_sock_shutdown(sk))
		lua_proto_base(sk)->shutdown(sk, how);
}

static void lua_close(struct sock *sk, long timeout)
{
	lua_sock_close(sk);
	lua_proto_base(sk)->close(sk, timeout);
}

static void __init build(int fam, const struct proto *prot,
			 const struct proto_ops *ops)
{
	lua_prots[fam] = *prot;
	lua_prots[fam].close			= lua_close;
	lua_prots[fam].disconnect		= lua_disconnect;
	lua_prots[fam].shutdown			= lua_shutdown;
	lua_prots[fam].connect			= lua_connect;
	lua_prots[fam].accept			= lua_ulp_accept;
	lua_prots[fam].ioctl			= lua_ulp_ioctl;
	lua_prots[fam].setsockopt		= lua_ulp_setsockopt;
	lua_prots[fam].getsockopt		= lua_ulp_getsockopt;
	lua_prots[fam].recvmsg			= lua_ulp_recvmsg;
	lua_prots[fam].sendmsg			= lua_ulp_sendmsg;
	lua_prots[fam].sock_is_readable		= lua_sock_is_readable;
#ifdef CONFIG_BPF_SYSCALL
	/* Refuses a sockmap, which would read past the gate. */
	lua_prots[fam].psock_update_sk_prot	= NULL;
#endif

	lua_proto_ops[fam] = *ops;
	lua_proto_ops[fam].owner		= THIS_MODULE;
	lua_proto_ops[fam].poll			= lua_ulp_poll;
	lua_proto_ops[fam].splice_read		= lua_ulp_splice_read;
	lua_proto_ops[fam].read_sock		= lua_ulp_read_sock;
	lua_proto_ops[fam].read_skb		= NULL;
	lua_proto_ops[fam].peek_len		= lua_ulp_peek_len;
	lua_proto_ops[fam].set_peek_off		= lua_ulp_set_peek_off;
	lua_proto_ops[fam].sendmsg_locked	= lua_ulp_sendmsg_locked;
}

void __init lua_proto_init(void)
{
	build(LUA_IPV4, &tcp_prot, &inet_stream_ops);
#if IS_ENABLED(CONFIG_IPV6)
	build(LUA_IPV6, &tcpv6_prot, &inet6_stream_ops);
#endif
}
