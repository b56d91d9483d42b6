/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A buffer is a block of bytes; see skbuff.c.
 */
#ifndef _LUA_HOST_SKBUFF_H
#define _LUA_HOST_SKBUFF_H

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/types.h>

#define MAX_SKB_FRAGS	17

/**
 * struct sk_buff - bytes
 * @next: in its queue
 * @len: bytes in @data
 * @data: the bytes
 */
struct sk_buff {
	struct sk_buff *next;
	u32 len;
	u8 data[];
};

struct sk_buff_head {
	struct sk_buff *first, **last;
};

void __skb_queue_head_init(struct sk_buff_head *queue);
void __skb_queue_tail(struct sk_buff_head *queue, struct sk_buff *skb);
void __skb_queue_purge(struct sk_buff_head *queue);
int skb_store_bits(struct sk_buff *skb, int offset, const void *from, int len);

#endif
