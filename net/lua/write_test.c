// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of writing to received bytes: that they change, and nothing that shares
 * memory with them.
 */
#include <kunit/test.h>
#include <linux/lua.h>
#include <linux/net.h>
#include <net/net_namespace.h>

#include "received_test.h"

KUNIT_ARRAY_PARAM_DESC(shape, received_shapes, desc);

/* Ways to write, and what the bytes are then. */
struct writing {
	const char *desc;
	const char *script;
	const char *text;
};

static const struct writing writings[] = {
	{ "a byte", "d:layout{ x = { 0, 8 } }.x = 80",
	  "PET / HTTP/1.1\r\nHost: here\r\n\r\n" },
	{ "the last byte", "d:layout{ x = { 232, 8 } }.x = 33",
	  "GET / HTTP/1.1\r\nHost: here\r\n\r!" },
	{ "a bit", "d:layout{ x = { 2, 1 } }.x = 1",
	  "gET / HTTP/1.1\r\nHost: here\r\n\r\n" },
	{ "half bytes", "d:layout{ x = { 4, 8 } }.x = 0x15",
	  "AUT / HTTP/1.1\r\nHost: here\r\n\r\n" },
	{ "64 bits that begin within a byte", "d:layout{ x = { 44, 64 } }.x = -1",
	  "GET /\x2f\xff\xff\xff\xff\xff\xff\xff\xf1\r\nHost: here\r\n\r\n" },
	{ "in little endian", "d:layout{ x = { 0, 24, 'number', 'little' } }.x = 0x636261",
	  "abc / HTTP/1.1\r\nHost: here\r\n\r\n" },
	{ "in network order", "d:layout{ x = { 0, 24, 'number', 'net' } }.x = 0x636261",
	  "cba / HTTP/1.1\r\nHost: here\r\n\r\n" },
	{ "a string", "d:layout{ s = { 6, 20, 'string' } }.s = ('x'):rep(20)",
	  "GET / xxxxxxxxxxxxxxxxxxxx\r\n\r\n" },
	{ "all of it", "d:layout{ s = { 0, 30, 'string' } }.s = ('x'):rep(30)",
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" },
	{ "through a segment", "d:segment(4, 1):layout{ x = { 0, 8 } }.x = 42",
	  "GET * HTTP/1.1\r\nHost: here\r\n\r\n" },
	{ "between two searches",
	  "assert(d:match('GE(.)') == 'T') d:layout{ x = { 16, 8 } }.x = 77\n"
	  "assert(d:match('GE(.)') == 'M' and d:find('GEM /') == 1)",
	  "GEM / HTTP/1.1\r\nHost: here\r\n\r\n" },
	{ "what does not fit",
	  "d:layout{ x = { 0, 8 }, y = { 236, 8 }, s = { 0, 2, 'string' } }\n"
	  "local function no(k, v) assert(not pcall(function() d[k] = v end)) end\n"
	  "no('x', 256) no('x', -1) no('x', '1') no('x', nil) no('x', {})\n"
	  "no('y', 1) no('s', 'x') no('s', 'xxx') no('s', 12) no('z', 1) no(1, 1)\n"
	  "no('find', 1)", RECEIVED },
};

static void written_bytes_are_there(struct kunit *test)
{
	struct received *rcv = test->priv;
	struct lua_verdict verdict;
	char seen[RECEIVED_LEN], script[512];
	int i;

	for (i = 0; i < ARRAY_SIZE(writings); i++) {
		received_put(test, test->param_value);
		snprintf(script, sizeof(script), "function process(d) %s return true end",
			 writings[i].script);
		received_load(test, script);
		KUNIT_ASSERT_EQ_MSG(test, 0, received_judge(test, &verdict), "%s: %s",
				    writings[i].desc, klua_error(rcv->klua));
		KUNIT_ASSERT_LT(test, 0, lua_view_copy(&rcv->view, 0, seen, sizeof(seen)));
		KUNIT_EXPECT_MEMEQ_MSG(test, seen, writings[i].text, sizeof(seen), "%s",
				       writings[i].desc);
	}
}

/* Writes all of the view, which must succeed. */
static void overwrite(struct kunit *test, struct lua_view *view)
{
	char bytes[RECEIVED_LEN];

	memset(bytes, 'x', sizeof(bytes));
	KUNIT_ASSERT_LT(test, 0, lua_view_write(view, 0, bytes, sizeof(bytes)));
	KUNIT_ASSERT_LT(test, 0, lua_view_copy(view, 0, bytes, sizeof(bytes)));
	KUNIT_EXPECT_EQ(test, 'x', bytes[0]);
	KUNIT_EXPECT_EQ(test, 'x', bytes[sizeof(bytes) - 1]);
}

/* What the sender keeps for a retransmission is a clone, and so is what a tap sees. */
static void clones_stay_as_they_are(struct kunit *test)
{
	struct received *rcv = test->priv;
	char before[RECEIVED_LEN], after[RECEIVED_LEN];
	struct sk_buff *skb, *clone;
	struct sk_buff_head clones;

	received_put(test, test->param_value);
	__skb_queue_head_init(&clones);
	skb_queue_walk(&rcv->queue, skb) {
		clone = skb_clone(skb, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, clone);
		__skb_queue_tail(&clones, clone);
	}
	overwrite(test, &rcv->view);
	clone = skb_peek(&clones);
	skb_queue_walk(&rcv->queue, skb) {
		u32 from = TCP_SKB_CB(skb)->seq - FIRST_SEQ;
		u32 wrong = from ? ((struct shape *)test->param_value)->overlap : 0;

		KUNIT_ASSERT_EQ(test, 0, skb_copy_bits(clone, 0, after, clone->len));
		memcpy(before, &RECEIVED[from], clone->len);
		memset(before, '?', wrong);
		KUNIT_EXPECT_MEMEQ(test, before, after, clone->len);
		clone = skb_peek_next(clone, &clones);
	}
	__skb_queue_purge(&clones);
}

/* TCP puts pages of a clone into a buffer that is none. */
static void pages_stay_as_they_are(struct kunit *test)
{
	struct received *rcv = test->priv;
	struct page *page;

	received_put(test, &received_shapes[1]);
	page = skb_frag_page(&skb_shinfo(skb_peek(&rcv->queue))->frags[0]);
	get_page(page);
	overwrite(test, &rcv->view);
	KUNIT_EXPECT_MEMEQ(test, page_address(page), RECEIVED, RECEIVED_LEN);
	put_page(page);
}

static void buffer_is_copied_once(struct kunit *test)
{
	struct received *rcv = test->priv;
	struct sk_buff *skb;
	u8 *head;

	received_put(test, &received_shapes[1]);
	overwrite(test, &rcv->view);
	skb = skb_peek(&rcv->queue);
	KUNIT_EXPECT_EQ(test, TCP_SKB_CB(skb)->seq, FIRST_SEQ);
	head = skb->head;
	overwrite(test, &rcv->view);
	KUNIT_EXPECT_PTR_EQ(test, skb, skb_peek(&rcv->queue));
	KUNIT_EXPECT_PTR_EQ(test, head, skb->head);
}

static void buffers_of_our_own_are_not_copied(struct kunit *test)
{
	struct received *rcv = test->priv;
	struct page *page;

	received_put(test, &received_shapes[1]);
	rcv->view.shared = false;
	page = skb_frag_page(&skb_shinfo(skb_peek(&rcv->queue))->frags[0]);
	overwrite(test, &rcv->view);
	KUNIT_EXPECT_TRUE(test, skb_is_nonlinear(skb_peek(&rcv->queue)));
	KUNIT_EXPECT_EQ(test, 'x', *(char *)page_address(page));
}

static void only_buffers_that_are_written_are_copied(struct kunit *test)
{
	struct received *rcv = test->priv;
	struct sk_buff *skb;
	int n = 0;

	received_put(test, &received_shapes[3]);
	KUNIT_ASSERT_LT(test, 0, lua_view_write(&rcv->view, 13, "xy", 2));
	skb_queue_walk(&rcv->queue, skb) {
		bool written = n == 1 || n == 2;

		KUNIT_EXPECT_EQ(test, !skb_is_nonlinear(skb), written);
		n++;
	}
}

static void nothing_is_written_if_something_cannot_be(struct kunit *test)
{
	struct received *rcv = test->priv;
	char bytes[RECEIVED_LEN];

	received_put(test, &received_shapes[3]);
	memset(bytes, 'x', sizeof(bytes));
	skb_peek_tail(&rcv->queue)->unreadable = 1;
	KUNIT_EXPECT_EQ(test, -EFAULT, lua_view_write(&rcv->view, 0, bytes, RECEIVED_LEN));
	skb_peek_tail(&rcv->queue)->unreadable = 0;
	KUNIT_ASSERT_LT(test, 0, lua_view_copy(&rcv->view, 0, bytes, sizeof(bytes)));
	KUNIT_EXPECT_MEMEQ(test, bytes, RECEIVED, RECEIVED_LEN);
}

/* The socket's end checks the rest of its account. */
static void memory_of_copies_is_accounted(struct kunit *test)
{
	struct received *rcv = test->priv;
	struct socket *sock;
	struct sk_buff *skb;
	int sum = 0;

	KUNIT_ASSERT_EQ(test, 0, sock_create_kern(&init_net, AF_INET, SOCK_STREAM,
						  IPPROTO_TCP, &sock));
	received_put(test, test->param_value);
	lock_sock(sock->sk);
	skb_queue_walk(&rcv->queue, skb) {
		/* as little as a buffer can be said to take */
		skb->truesize = SKB_TRUESIZE(1);
		KUNIT_EXPECT_TRUE(test, sk_rmem_schedule(sock->sk, skb, skb->truesize));
		skb_set_owner_r(skb, sock->sk);
	}
	overwrite(test, &rcv->view);
	skb_queue_walk(&rcv->queue, skb) {
		if (!skb_is_nonlinear(skb) && ((struct shape *)test->param_value)->paged)
			KUNIT_EXPECT_GE(test, skb->truesize, SKB_TRUESIZE(skb_end_offset(skb)));
		sum += skb->truesize;
	}
	KUNIT_EXPECT_EQ(test, sum, atomic_read(&sock->sk->sk_rmem_alloc));
	__skb_queue_purge(&rcv->queue);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&sock->sk->sk_rmem_alloc));
	release_sock(sock->sk);
	sock_release(sock);
}

static struct kunit_case write_cases[] = {
	KUNIT_CASE_PARAM(written_bytes_are_there, shape_gen_params),
	KUNIT_CASE_PARAM(clones_stay_as_they_are, shape_gen_params),
	KUNIT_CASE(pages_stay_as_they_are),
	KUNIT_CASE(buffer_is_copied_once),
	KUNIT_CASE(buffers_of_our_own_are_not_copied),
	KUNIT_CASE(only_buffers_that_are_written_are_copied),
	KUNIT_CASE(nothing_is_written_if_something_cannot_be),
	KUNIT_CASE_PARAM(memory_of_copies_is_accounted, shape_gen_params),
	{}
};

static struct kunit_suite write_suite = {
	.name = "lua_write",
	.init = received_init,
	.exit = received_exit,
	.test_cases = write_cases,
};

kunit_test_suite(write_suite);
