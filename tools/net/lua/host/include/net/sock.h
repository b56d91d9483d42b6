/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A socket: the fields that scripts can ask for. What it is like is made up in
 * sock.c.
 */
#ifndef _LUA_HOST_SOCK_H
#define _LUA_HOST_SOCK_H

#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <net/net_namespace.h>

/* nothing but pointers to them */
struct file;
struct iov_iter;
struct msghdr;
struct pipe_inode_info;
struct proto;
struct proto_accept_arg;
struct proto_ops;
struct socket;
struct tcp_ulp_ops;

typedef unsigned int __poll_t;
typedef struct poll_table_struct poll_table;
typedef struct read_descriptor_struct read_descriptor_t;
typedef int (*sk_read_actor_t)(void);
typedef struct { void *user; } sockptr_t;

struct kvec {
	void *iov_base;
	size_t iov_len;
};

#ifndef CONFIG_IPV6
#define CONFIG_IPV6	1
#endif

#define AF_INET		2
#define AF_INET6	10

#define htons(x)	__builtin_bswap16(x)
#define ntohs(x)	__builtin_bswap16(x)
#define htonl(x)	__builtin_bswap32(x)

struct in6_addr {
	union {
		u8 s6_addr[16];
		__be32 s6_addr32[4];
	};
};

static inline bool ipv6_addr_v4mapped(const struct in6_addr *a)
{
	return !a->s6_addr32[0] && !a->s6_addr32[1] &&
	       a->s6_addr32[2] == htonl(0x0000ffff);
}

enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
	TCP_NEW_SYN_RECV,
	TCP_BOUND_INACTIVE,

	TCP_MAX_STATES
};

enum sock_flags {
	SOCK_DEAD,
	SOCK_DONE,
};

/* what inet_sk() and tcp_sk() are in the kernel, too */
struct sock {
	unsigned short sk_family;
	unsigned char sk_state;
	u32 sk_mark;
	unsigned long sk_flags;
	struct in6_addr sk_v6_daddr;
	struct in6_addr sk_v6_rcv_saddr;
	__be32 inet_daddr;
	__be32 inet_rcv_saddr;
	__be16 inet_dport;
	__be16 inet_sport;
	u16 inet_num;
	u64 bytes_received;
	u64 bytes_sent;
	u64 bytes_retrans;
};

#define inet_sk(sk)	(sk)
#define tcp_sk(sk)	(sk)
#define sock_net(sk)	((void)(sk), &init_net)

static inline bool sock_flag(const struct sock *sk, enum sock_flags flag)
{
	return sk->sk_flags & BIT(flag);
}

/* Here is one thread. */
#define lockdep_sock_is_held(sk)		((void)(sk), true)
#define rcu_dereference_protected(p, c)		((void)(c), (p))
#define sk_dst_reset(sk)			((void)(sk))

#endif
