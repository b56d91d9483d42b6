// SPDX-License-Identifier: GPL-2.0-only
/*
 * The socket that a script sees: an accepted connection from 192.0.2.1, an
 * address that is for documents. What the script sends to its peer, or does to
 * the connection, is told and goes nowhere.
 */
#include "lua_ulp.h"
#include "host.h"

struct sock lua_host_sk = {
	.sk_family	= AF_INET,
	.sk_state	= TCP_ESTABLISHED,
	.inet_daddr	= htonl(0xc0000201),
	.inet_rcv_saddr	= htonl(0xc0000202),
	.inet_dport	= htons(50000),
	.inet_sport	= htons(80),
	.inet_num	= 80,
};

int lua_sock_send(struct sock *sk, struct kvec *vec)
{
	if (sk->sk_state != TCP_ESTABLISHED && sk->sk_state != TCP_CLOSE_WAIT)
		return -EPIPE;
	sk->bytes_sent += vec->iov_len;
	lua_host_tell(LUA_HOST_SENT, vec->iov_base, vec->iov_len);
	return vec->iov_len;
}

void lua_sock_fin(struct sock *sk)
{
	sk->sk_state = TCP_FIN_WAIT1;
	lua_host_tell(LUA_HOST_SHUTDOWN, NULL, 0);
}

/* The call goes on; stream.c sees to the rest. */
int lua_sock_abort(struct sock *sk)
{
	lua_host_tell(LUA_HOST_ABORTED, NULL, 0);
	return 1;
}
