// SPDX-License-Identifier: GPL-2.0-only
/*
 * connect(): the script decides where to, before anything is sent.
 */
#include <linux/in6.h>
#include <linux/inetdevice.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>

#include "lua_ulp.h"

/* The address that TCP takes as source where a device was chosen, but no address */
static __be32 address_of_device(const struct sock *sk)
{
	struct net_device *dev;
	__be32 addr = 0;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(sock_net(sk), READ_ONCE(sk->sk_bound_dev_if));
	if (dev)
		addr = inet_select_addr(dev, 0, RT_SCOPE_HOST);
	rcu_read_unlock();
	return addr;
}

/* No address means this host, to TCP: the script must see what it will be. */
static void read_in(const struct sock *sk, const struct sockaddr_in *in,
		    struct lua_event *event)
{
	__be32 addr = in->sin_addr.s_addr;

	if (!addr)
		addr = inet_sk(sk)->inet_saddr ?: address_of_device(sk) ?:
		       htonl(INADDR_LOOPBACK);
	lua_sk_format(event->address, &addr, NULL);
	event->port = ntohs(in->sin_port);
}

#if IS_ENABLED(CONFIG_IPV6)
static void read_in6(const struct sock *sk, const struct sockaddr_in6 *in6,
		     struct lua_event *event)
{
	struct sockaddr_in in = { .sin_port = in6->sin6_port };
	const struct in6_addr *addr = &in6->sin6_addr;

	if (ipv6_addr_v4mapped(addr) ||
	    (ipv6_addr_any(addr) && ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr))) {
		if (!ipv6_addr_any(addr))
			in.sin_addr.s_addr = addr->s6_addr32[3];
		else
			in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		read_in(sk, &in, event);
		return;
	}
	lua_sk_format(event->address, NULL,
		      ipv6_addr_any(addr) ? &in6addr_loopback : addr);
	event->port = ntohs(in6->sin6_port);
}
#endif

/* Returns false if TCP will not take the address either. */
static bool read_address(const struct sock *sk, const void *addr, int len,
			 struct lua_event *event)
{
	const struct sockaddr *any = addr;

	if (len < offsetofend(struct sockaddr, sa_family) ||
	    any->sa_family != sk->sk_family)
		return false;
	if (sk->sk_family == AF_INET) {
		if (len < sizeof(struct sockaddr_in))
			return false;
		read_in(sk, addr, event);
		return true;
	}
#if IS_ENABLED(CONFIG_IPV6)
	if (len >= SIN6_LEN_RFC2133) {
		read_in6(sk, addr, event);
		return true;
	}
#endif
	return false;
}

/**
 * lua_connect_judge - may a socket connect there?
 * @sk: socket
 * @addr: where to, as the application gave it
 * @len: bytes of @addr
 *
 * Context: process context, @sk locked
 * Return: 0, or what connect() fails with: -ECONNREFUSED, -EIO, -EINTR, -ENOMEM
 */
int lua_connect_judge(struct sock *sk, const void *addr, int len)
{
	struct lua_event event = { .which = SS_LUA_HOOK_CONNECT };
	struct lua_ulp_ctx *ctx = lua_sock_ctx(sk);
	int err;

	if (IS_ERR_OR_NULL(ctx))
		return PTR_ERR_OR_ZERO(ctx);
	if (!lua_prog_has(lua_ctx_prog(sk, ctx), SS_LUA_HOOK_CONNECT) ||
	    !read_address(sk, addr, len, &event))
		return 0;
	err = lua_event(sk, ctx, &event);
	if (err)
		return err == -EINTR ? err : -EIO;
	return event.allowed ? 0 : -ECONNREFUSED;
}
