// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of readers in the kernel: kernel_recvmsg() and read_sock(), in process
 * context and from data_ready() in softirq, get what the script lets through.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/in.h>
#include <linux/lua.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "lua_ulp.h"

#define SENT		"0123456789abcdef"
#define SENT_LEN	(sizeof(SENT) - 1)

/**
 * struct reading - a connection over lo, and what was read of it
 * @listener: made the connection
 * @peer: the end that sends
 * @sock: the end with a script
 * @text: what came out
 * @len: bytes of that
 * @softirq_calls: data_ready() has read
 * @softirq_len: bytes that it got
 */
struct reading {
	struct socket *listener;
	struct socket *peer;
	struct socket *sock;
	char text[64];
	size_t len;
	unsigned int softirq_calls;
	int softirq_len;
};

struct kernel_case {
	const char *desc;
	const char *script;
	const char *text;
	int err;
};

#define PROCESS(body) "function process(data, size) " body " end"
#define ALL "if size < 16 then return true, 0 end "

static const struct kernel_case kernel_cases[] = {
	{ "passed", PROCESS("return true"), SENT },
	{ "passed in parts", PROCESS("return true, size - size % 4"), SENT },
	{ "held until complete", PROCESS(ALL "return true"), SENT },
	{ "replaced", PROCESS(ALL "return true, 'other'"), "other" },
	{ "replaced in parts", PROCESS("return true, 1, '-='"),
	  "-=-=-=-=-=-=-=-=-=-=-=-=-=-=-=-=" },
	{ "replaced by nothing", PROCESS("return true, ''"), "" },
	{ "refused", PROCESS("return false"), "", -ECONNREFUSED },
	{ "failed", PROCESS("error('no')"), "", -EIO },
	{ "held for ever", PROCESS("return true, 0"), "", -ECONNREFUSED },
};

KUNIT_ARRAY_PARAM_DESC(kernel, kernel_cases, desc);

/* Built-in tests run before user space brings it up. */
static int lo_up(void)
{
	struct net_device *lo = init_net.loopback_dev;
	int err;

	rtnl_lock();
	err = dev_change_flags(lo, lo->flags | IFF_UP, NULL);
	rtnl_unlock();
	return err;
}

static int connect_pair(struct reading *r)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				&r->listener) ?:
	       sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				&r->peer) ?:
	       kernel_bind(r->listener, (void *)&addr, sizeof(addr)) ?:
	       kernel_listen(r->listener, 1) ?:
	       min(kernel_getsockname(r->listener, (void *)&addr), 0) ?:
	       kernel_connect(r->peer, (void *)&addr, sizeof(addr), 0) ?:
	       kernel_accept(r->listener, &r->sock, 0);
}

static int reader_setup(struct kunit *test)
{
	struct reading *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	test->priv = r;
	KUNIT_ASSERT_EQ(test, lo_up(), 0);
	KUNIT_ASSERT_EQ(test, connect_pair(r), 0);
	return 0;
}

static void reader_teardown(struct kunit *test)
{
	struct reading *r = test->priv;

	if (!r)
		return;
	if (r->sock)
		sock_release(r->sock);
	if (r->peer)
		sock_release(r->peer);
	if (r->listener)
		sock_release(r->listener);
}

static int set(struct socket *sock, int level, int option, const char *text)
{
	return sock->ops->setsockopt(sock, level, option,
				     KERNEL_SOCKPTR((void *)text), strlen(text));
}

static int judge(struct socket *sock, const char *script)
{
	return set(sock, SOL_TCP, TCP_ULP, "lua") ?:
	       set(sock, SOL_LUA, SS_LUA_LOADSCRIPT, script) ?:
	       set(sock, SOL_LUA, SS_LUA_ENTRYPOINT, "process");
}

static void send_text(struct kunit *test, struct socket *peer, const char *text,
		      size_t len)
{
	struct kvec vec = { (void *)text, len };
	struct msghdr msg = {};

	KUNIT_ASSERT_EQ(test, kernel_sendmsg(peer, &msg, &vec, 1, len), (int)len);
}

static void send_all(struct kunit *test, struct socket *peer)
{
	send_text(test, peer, SENT, 7);
	send_text(test, peer, &SENT[7], SENT_LEN - 7);
	KUNIT_ASSERT_EQ(test, kernel_sock_shutdown(peer, SHUT_WR), 0);
}

static void kernel_recvmsg_is_judged(struct kunit *test)
{
	const struct kernel_case *c = test->param_value;
	struct reading *r = test->priv;
	int n;

	KUNIT_ASSERT_EQ(test, judge(r->sock, c->script), 0);
	send_all(test, r->peer);
	do {
		struct kvec vec = { r->text + r->len, sizeof(r->text) - 1 - r->len };
		struct msghdr msg = {};

		n = kernel_recvmsg(r->sock, &msg, &vec, 1, vec.iov_len, 0);
		r->len += max(n, 0);
	} while (n > 0);
	KUNIT_EXPECT_EQ(test, n, c->err);
	KUNIT_EXPECT_STREQ(test, r->text, c->text);
}

static int take(read_descriptor_t *desc, struct sk_buff *skb, unsigned int offset,
		size_t len)
{
	struct reading *r = desc->arg.data;

	len = min(len, sizeof(r->text) - 1 - r->len);
	if (skb_copy_bits(skb, offset, r->text + r->len, len))
		return -EFAULT;
	r->len += len;
	return len;
}

static int read_sock(struct reading *r)
{
	read_descriptor_t desc = { .arg.data = r, .count = 1 };
	struct socket *sock = r->sock;

	return sock->ops->read_sock(sock->sk, &desc, take);
}

/* As strparser's worker does, until the end of the stream. */
static int read_sock_all(struct reading *r)
{
	struct sock *sk = r->sock->sk;
	int ms, n = 0;
	bool done = false;

	for (ms = 0; ms < 2000 && n >= 0 && !done; ms++) {
		lock_sock(sk);
		n = read_sock(r);
		done = !n && sk->sk_shutdown & RCV_SHUTDOWN;
		release_sock(sk);
		usleep_range(1000, 2000);
	}
	return done ? 0 : n < 0 ? n : -ETIMEDOUT;
}

static void read_sock_is_judged(struct kunit *test)
{
	const struct kernel_case *c = test->param_value;
	struct reading *r = test->priv;

	KUNIT_ASSERT_EQ(test, judge(r->sock, c->script), 0);
	send_all(test, r->peer);
	KUNIT_EXPECT_EQ(test, read_sock_all(r), c->err);
	KUNIT_EXPECT_STREQ(test, r->text, c->text);
}

static struct reading *in_softirq;

static void data_ready(struct sock *sk)
{
	struct reading *r = in_softirq;
	int n;

	/* A reader in process context has it, and will be told. */
	if (sock_owned_by_user_nocheck(sk))
		return;
	n = read_sock(r);
	r->softirq_calls++;
	r->softirq_len += max(n, 0);
}

/* No Lua runs there, so nothing that is not judged can be read there. */
static void read_sock_in_softirq_gets_nothing_unjudged(struct kunit *test)
{
	struct reading *r = test->priv;
	void (*saved)(struct sock *sk);

	KUNIT_ASSERT_EQ(test, judge(r->sock, PROCESS("return true")), 0);
	in_softirq = r;
	lock_sock(r->sock->sk);
	saved = r->sock->sk->sk_data_ready;
	r->sock->sk->sk_data_ready = data_ready;
	release_sock(r->sock->sk);
	send_all(test, r->peer);
	msleep(20);
	lock_sock(r->sock->sk);
	r->sock->sk->sk_data_ready = saved;
	release_sock(r->sock->sk);

	KUNIT_EXPECT_GT(test, r->softirq_calls, 0);
	KUNIT_EXPECT_EQ(test, r->softirq_len, 0);
	KUNIT_EXPECT_EQ(test, read_sock_all(r), 0);
	KUNIT_EXPECT_STREQ(test, r->text, SENT);
}

static struct kunit_case reader_cases[] = {
	KUNIT_CASE_PARAM(kernel_recvmsg_is_judged, kernel_gen_params),
	KUNIT_CASE_PARAM(read_sock_is_judged, kernel_gen_params),
	KUNIT_CASE(read_sock_in_softirq_gets_nothing_unjudged),
	{}
};

static struct kunit_suite reader_suite = {
	.name = "lua_reader",
	.init = reader_setup,
	.exit = reader_teardown,
	.test_cases = reader_cases,
};

kunit_test_suite(reader_suite);
