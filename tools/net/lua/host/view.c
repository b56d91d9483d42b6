// SPDX-License-Identifier: GPL-2.0-only
/*
 * What net/lua/view.c has, where received bytes are one block of memory: the
 * first buffer of the queue.
 */
#include <linux/slab.h>

#include "lua_ulp.h"

struct sk_buff *lua_view_buffer(u32 len)
{
	struct sk_buff *skb = kvmalloc(sizeof(*skb) + len, GFP_KERNEL);

	if (skb)
		skb->len = len;
	return skb;
}

void lua_view_init(struct lua_view *view, struct sk_buff_head *queue, u32 seq,
		   u32 len, bool shared)
{
	view->queue = queue;
	view->skb = queue->first;
	view->seq = seq;
	view->len = len;
}

void lua_view_rewind(struct lua_view *view)
{
}

int lua_view_copy(struct lua_view *view, u32 from, void *to, u32 len)
{
	memcpy(to, view->skb->data + view->seq + from, len);
	return 1;
}

int lua_view_write(struct lua_view *view, u32 from, const void *bytes, u32 len)
{
	memcpy(view->skb->data + view->seq + from, bytes, len);
	return 1;
}
