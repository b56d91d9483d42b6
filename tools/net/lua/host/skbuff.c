// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues of buffers.
 */
#include <linux/skbuff.h>
#include <linux/slab.h>

void __skb_queue_head_init(struct sk_buff_head *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

void __skb_queue_tail(struct sk_buff_head *queue, struct sk_buff *skb)
{
	skb->next = NULL;
	*queue->last = skb;
	queue->last = &skb->next;
}

void __skb_queue_purge(struct sk_buff_head *queue)
{
	struct sk_buff *skb;

	while ((skb = queue->first)) {
		queue->first = skb->next;
		kvfree(skb);
	}
	queue->last = &queue->first;
}

int skb_store_bits(struct sk_buff *skb, int offset, const void *from, int len)
{
	memcpy(skb->data + offset, from, len);
	return 0;
}
