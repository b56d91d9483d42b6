// SPDX-License-Identifier: GPL-2.0-only
#include <kunit/test.h>
#include <linux/lua.h>
#include <net/net_namespace.h>

#include "received_test.h"

const struct shape received_shapes[SHAPES] = {
	{ "one linear buffer", RECEIVED_LEN },
	{ "one buffer of pages", RECEIVED_LEN, true },
	{ "a buffer for each byte", 1 },
	{ "pages of seven bytes", 7, true },
	{ "buffers that overlap", 5, false, 2 },
};

/* Bytes from @from on; the first @overlap ones are there already, and are wrong. */
static struct sk_buff *make_buffer(struct kunit *test, size_t from, size_t len,
				   u32 overlap, bool paged)
{
	struct sk_buff *skb;
	int err;

	skb = paged ? alloc_skb_with_frags(0, len, 0, &err, GFP_KERNEL) :
		      alloc_skb(len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	if (paged) {
		skb->len = len;
		skb->data_len = len;
	} else {
		skb_put(skb, len);
	}
	KUNIT_ASSERT_EQ(test, 0, skb_store_bits(skb, 0, &RECEIVED[from], len));
	while (overlap--)
		KUNIT_ASSERT_EQ(test, 0, skb_store_bits(skb, overlap, "?", 1));
	TCP_SKB_CB(skb)->seq = FIRST_SEQ + from;
	return skb;
}

void received_put(struct kunit *test, const struct shape *shape)
{
	struct received *rcv = test->priv;
	size_t from, start = 0;

	__skb_queue_purge(&rcv->queue);
	for (from = 0; from < RECEIVED_LEN; from += shape->buffer) {
		size_t len = min(shape->buffer, RECEIVED_LEN - from);

		start = from - min_t(size_t, from, shape->overlap);
		__skb_queue_tail(&rcv->queue,
				 make_buffer(test, start, len + from - start,
					     from - start, shape->paged));
	}
	lua_view_init(&rcv->view, &rcv->queue, FIRST_SEQ, RECEIVED_LEN, true);
}

int received_init(struct kunit *test)
{
	struct received *rcv = kunit_kzalloc(test, sizeof(*rcv), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, rcv);
	__skb_queue_head_init(&rcv->queue);
	rcv->klua = lua_hook_sandbox(&init_net, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(rcv->klua));
	test->priv = rcv;
	return 0;
}

void received_exit(struct kunit *test)
{
	struct received *rcv = test->priv;

	if (!rcv)
		return;
	__skb_queue_purge(&rcv->queue);
	lua_hook_sandbox_free(rcv->klua);
}

void received_load(struct kunit *test, const char *script)
{
	struct received *rcv = test->priv;
	struct klua_chunk *chunk;
	int err;

	chunk = klua_compile(rcv->klua, script, strlen(script), "=test");
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(chunk), "%s", klua_error(rcv->klua));
	err = klua_run(rcv->klua, chunk);
	klua_chunk_free(chunk);
	KUNIT_ASSERT_EQ_MSG(test, 0, err, "%s", klua_error(rcv->klua));
	KUNIT_ASSERT_EQ(test, 0, lua_hook_bind(rcv->klua, SS_LUA_HOOK_RECEIVE, "process"));
}

int received_judge(struct kunit *test, struct lua_verdict *verdict)
{
	struct received *rcv = test->priv;

	return lua_hook_judge(rcv->klua, SS_LUA_HOOK_RECEIVE, &rcv->view, 0,
			      verdict);
}
