// SPDX-License-Identifier: GPL-2.0-only
/*
 * Received bytes where they lie: over as many buffers as there are, linear or
 * in pages, found by their TCP sequence numbers. Nothing is copied until
 * somebody asks for it, or writes to memory that is not ours alone.
 */
#include <kunit/visibility.h>
#include <net/tcp.h>

#include "lua_ulp.h"

/**
 * lua_view_buffer - room for bytes that scripts may look at, or have made
 * @len: bytes, at most as many as %MAX_SKB_FRAGS pages have
 *
 * Context: process context
 * Return: a buffer of pages of its own, or NULL
 */
struct sk_buff *lua_view_buffer(u32 len)
{
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(0, len, 0, &err, GFP_KERNEL_ACCOUNT);
	if (!skb)
		return NULL;
	skb->len = len;
	skb->data_len = len;
	return skb;
}

/**
 * lua_view_init - look at received bytes
 * @view: view
 * @queue: buffers, in order; overlaps are allowed, holes are not
 * @seq: sequence number of the first byte
 * @len: bytes
 * @shared: others may have the memory of the buffers, too
 */
void lua_view_init(struct lua_view *view, struct sk_buff_head *queue, u32 seq,
		   u32 len, bool shared)
{
	view->queue = queue;
	view->skb = skb_peek(queue);
	view->seq = seq;
	view->len = len;
	view->shared = shared;
}
EXPORT_SYMBOL_IF_KUNIT(lua_view_init);

/**
 * lua_view_rewind - the queue has changed
 * @view: view, whose bytes are still there, in other buffers perhaps
 */
void lua_view_rewind(struct lua_view *view)
{
	view->skb = skb_peek(view->queue);
}

static u32 end_of(const struct sk_buff *skb)
{
	return TCP_SKB_CB(skb)->seq + skb->len;
}

/* The first buffer with @seq: if another one has it too, with other bytes even,
 * that is the one from which TCP reads. A script goes on where it was most of the
 * time, so looking begins where the last look ended. Adds the buffers that were
 * looked at to *@looked.
 */
static struct sk_buff *find(struct lua_view *view, u32 seq, int *looked)
{
	struct sk_buff *skb = view->skb;

	while (skb && !skb_queue_is_first(view->queue, skb) &&
	       before(seq, end_of(skb_queue_prev(view->queue, skb)))) {
		skb = skb_queue_prev(view->queue, skb);
		(*looked)++;
	}
	while (skb && !before(seq, end_of(skb))) {
		skb = skb_peek_next(skb, view->queue);
		(*looked)++;
	}
	(*looked)++;
	if (!skb || before(seq, TCP_SKB_CB(skb)->seq))
		return NULL;
	view->skb = skb;
	return skb;
}

/**
 * lua_view_copy - copy bytes of a view
 * @view: view
 * @from: offset of the first
 * @to: where to
 * @len: how many; @from + @len is within the view
 *
 * Context: the queue does not change meanwhile
 * Return: buffers that were looked at, or -EFAULT if some cannot be read
 */
int lua_view_copy(struct lua_view *view, u32 from, void *to, u32 len)
{
	u32 seq = view->seq + from;
	int looked = 0;

	while (len) {
		struct sk_buff *skb = find(view, seq, &looked);
		u32 offset, n;

		if (!skb)
			return -EFAULT;
		offset = seq - TCP_SKB_CB(skb)->seq;
		n = min(len, skb->len - offset);
		if (skb_copy_bits(skb, offset, to, n))
			return -EFAULT;
		seq += n;
		to += n;
		len -= n;
	}
	return looked;
}
EXPORT_SYMBOL_IF_KUNIT(lua_view_copy);

/* The allocator rounds up, to twice the size at most. */
static bool may_grow(struct sk_buff *skb)
{
	int most = 2 * SKB_TRUESIZE(skb_end_offset(skb) + skb->data_len);

	return !skb->sk || most <= skb->truesize ||
	       sk_rmem_schedule(skb->sk, skb, most - skb->truesize);
}

static void charge_growth(struct sk_buff *skb)
{
	int grown = SKB_TRUESIZE(skb_end_offset(skb)) - (int)skb->truesize;
	struct sock *sk = skb->sk;

	if (!sk || grown <= 0)
		return;
	skb->truesize += grown;
	atomic_add(grown, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, grown);
}

/* Give a buffer memory that nobody else has: its clones, the sender if that is on
 * this host, and files from which it has sent pages keep what they have. As
 * everywhere in the network stack, pages count as shared, and a head without
 * clones as its owner's. All else of the buffer stays what it was.
 */
static int own(struct sk_buff *skb)
{
	if (!skb_is_nonlinear(skb) && !skb_cloned(skb))
		return 0;
	if (!skb_frags_readable(skb))
		return -EFAULT;
	if (!may_grow(skb) ||
	    pskb_expand_head(skb, 0, skb->data_len, GFP_KERNEL_ACCOUNT) ||
	    skb_linearize(skb))
		return -ENOMEM;
	charge_growth(skb);
	return skb->len / 16;
}

static int own_all(struct lua_view *view, u32 seq, u32 end)
{
	int looked = 0;

	while (before(seq, end)) {
		struct sk_buff *skb = find(view, seq, &looked);
		int copied;

		if (!skb)
			return -EFAULT;
		copied = own(skb);
		if (copied < 0)
			return copied;
		looked += copied;
		seq = end_of(skb);
	}
	return looked;
}

/**
 * lua_view_write - change bytes of a view
 * @view: view
 * @from: offset of the first
 * @bytes: what they become
 * @len: how many; @from + @len is within the view
 *
 * Context: process context; the queue does not change meanwhile, and its owner's
 *	lock is held
 * Return: buffers that were looked at, and 1 for each 16 bytes that had to be
 *	copied for it; -EFAULT if some cannot be accessed, -ENOMEM: then no
 *	byte has changed
 */
int lua_view_write(struct lua_view *view, u32 from, const void *bytes, u32 len)
{
	u32 seq = view->seq + from;
	int looked = 0;

	if (view->shared) {
		looked = own_all(view, seq, seq + len);
		if (looked < 0)
			return looked;
	}
	while (len) {
		struct sk_buff *skb = find(view, seq, &looked);
		u32 offset, n;

		if (!skb)
			return -EFAULT;
		offset = seq - TCP_SKB_CB(skb)->seq;
		n = min(len, skb->len - offset);
		if (skb_store_bits(skb, offset, bytes, n))
			return -EFAULT;
		seq += n;
		bytes += n;
		len -= n;
	}
	return looked;
}
EXPORT_SYMBOL_IF_KUNIT(lua_view_write);
