// SPDX-License-Identifier: GPL-2.0
/*
 * The verdicts of scripts/cheapest.lua and scripts/first16.lua, as eBPF programs where
 * such programs can judge a TCP socket's bytes.
 */
#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* "SSH-2.0-OpenSSH_", in the order of the machine */
#define FIRST	0x2d302e322d485353ull
#define SECOND	0x5f4853536e65704full

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

static __always_inline int refused(const __u64 *head)
{
	return head[0] == FIRST && head[1] == SECOND;
}

SEC("sk_skb/stream_parser")
int skb_parser(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("sk_skb/stream_verdict")
int skb_cheapest(struct __sk_buff *skb)
{
	return SK_PASS;
}

SEC("sk_skb/stream_verdict")
int skb_first16(struct __sk_buff *skb)
{
	__u64 head[2];

	if (bpf_skb_load_bytes(skb, 0, head, sizeof(head)))
		return SK_PASS;
	return refused(head) ? SK_DROP : SK_PASS;
}

SEC("sk_msg")
int msg_cheapest(struct sk_msg_md *msg)
{
	return SK_PASS;
}

SEC("sk_msg")
int msg_first16(struct sk_msg_md *msg)
{
	void *data, *end;

	if (msg->size < 16 || bpf_msg_pull_data(msg, 0, 16, 0))
		return SK_PASS;
	data = msg->data;
	end = msg->data_end;
	if (data + 16 > end)
		return SK_PASS;
	return refused(data) ? SK_DROP : SK_PASS;
}

SEC("cgroup_skb/ingress")
int cgroup_cheapest(struct __sk_buff *skb)
{
	return 1;
}

SEC("cgroup_skb/ingress")
int cgroup_first16(struct __sk_buff *skb)
{
	struct iphdr ip;
	struct tcphdr tcp;
	__u64 head[2];

	if (skb->protocol != bpf_htons(0x0800) || bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) ||
	    ip.protocol != 6 || bpf_skb_load_bytes(skb, ip.ihl * 4, &tcp, sizeof(tcp)) ||
	    bpf_skb_load_bytes(skb, ip.ihl * 4 + tcp.doff * 4, head, sizeof(head)))
		return 1;
	return !refused(head);
}

char _license[] SEC("license") = "GPL";
