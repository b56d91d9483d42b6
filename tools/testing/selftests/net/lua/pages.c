// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that the sender can still write to, on the same machine: what the script
 * has judged is what the application reads, whatever is in those pages by then.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lua_path.h"
#include "lua_sock.h"

#define GOOD	"return not data:find('bad', 1, true)"

FIXTURE(pages)
{
	size_t page;
	int listener;
	struct lua_pair pair;
};

FIXTURE_SETUP(pages)
{
	const struct lua_path path = {};

	self->page = sysconf(_SC_PAGESIZE);
	ASSERT_EQ(0, lua_path_lay(&path));
	self->listener = lua_path_listen(AF_INET);
	ASSERT_LE(0, self->listener);
	ASSERT_EQ(0, lua_judge(self->listener, GOOD));
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
}

FIXTURE_TEARDOWN(pages)
{
	lua_pair_close(&self->pair);
	close(self->listener);
}

static void fill(char *bytes, size_t len, const char *word)
{
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = word[i % strlen(word)];
}

/* The script has passed it, the sender writes, the application reads. */
static void check_it_stays(struct __test_metadata *_metadata, int fd, char *bytes,
			   size_t len)
{
	char *expected = malloc(len), *read = malloc(len);

	memcpy(expected, bytes, len);
	ASSERT_TRUE(lua_readable(fd));
	fill(bytes, len, "bad");
	EXPECT_EQ(len, recv(fd, read, len, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(expected, read, len));
	free(expected);
	free(read);
}

TEST_F(pages, of_a_splice)
{
	size_t len = 8 * self->page;
	char *bytes = mmap(NULL, len, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct iovec iov = { .iov_base = bytes, .iov_len = len };
	int ends[2];

	ASSERT_NE(MAP_FAILED, bytes);
	fill(bytes, len, "good");
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(len, vmsplice(ends[1], &iov, 1, 0));
	ASSERT_EQ(len, splice(ends[0], NULL, self->pair.peer, NULL, len, 0));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	check_it_stays(_metadata, self->pair.fd, bytes, len);
	close(ends[0]);
	close(ends[1]);
	munmap(bytes, len);
}

/* The next sequence number of one of the queues (TCP_SEND_QUEUE, TCP_RECV_QUEUE) */
static __u32 next_seq(int fd, int queue)
{
	socklen_t len = sizeof(__u32);
	__u32 seq = 0;

	setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof(queue));
	getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &seq, &len);
	return seq;
}

static __u32 sum(const void *bytes, size_t len, __u32 total)
{
	const __u8 *b = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		total += i % 2 ? b[i] : b[i] << 8;
	return total;
}

static __u16 folded(__u32 total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return htons(~total);
}

/* The neighbour's hardware address, as the kernel has found it. */
static int neighbour(const char *address, __u8 mac[ETH_ALEN])
{
	char line[256], name[64];
	FILE *f = fopen("/proc/net/arp", "r");
	int found = 0;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%63s %*s %*s %hhx:%hhx:%hhx:%hhx:%hhx:%hhx",
			       name, &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
			       &mac[5]) == 7 && !strcmp(name, address);
	if (f)
		fclose(f);
	return found ? 0 : -ENOENT;
}

struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp;
	char data[];
} __attribute__((packed));

/* What the peer's TCP would send next, with @len bytes behind it. */
static void make_frame(struct __test_metadata *_metadata, int peer,
		       struct frame *frame, size_t len)
{
	struct sockaddr_in from, to;
	socklen_t size = sizeof(from);
	struct ifreq ifr = { .ifr_name = "far" };
	struct {
		__be32 from, to;
		__be16 protocol, len;
	} pseudo;
	int one = 1;
	__u32 total;

	ASSERT_EQ(0, getsockname(peer, (struct sockaddr *)&from, &size));
	ASSERT_EQ(0, getpeername(peer, (struct sockaddr *)&to, &size));
	/* From here on it sends nothing by itself. */
	ASSERT_EQ(0, setsockopt(peer, IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one)));

	memset(frame, 0, sizeof(*frame));
	ASSERT_EQ(0, ioctl(peer, SIOCGIFHWADDR, &ifr));
	memcpy(frame->eth.h_source, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	ASSERT_EQ(0, neighbour("10.0.0.1", frame->eth.h_dest));
	frame->eth.h_proto = htons(ETH_P_IP);

	frame->ip.version = 4;
	frame->ip.ihl = 5;
	frame->ip.tot_len = htons(sizeof(frame->ip) + sizeof(frame->tcp) + len);
	frame->ip.ttl = 64;
	frame->ip.protocol = IPPROTO_TCP;
	frame->ip.saddr = from.sin_addr.s_addr;
	frame->ip.daddr = to.sin_addr.s_addr;
	frame->ip.check = folded(sum(&frame->ip, sizeof(frame->ip), 0));

	frame->tcp.source = from.sin_port;
	frame->tcp.dest = to.sin_port;
	frame->tcp.seq = htonl(next_seq(peer, TCP_SEND_QUEUE));
	frame->tcp.ack_seq = htonl(next_seq(peer, TCP_RECV_QUEUE));
	frame->tcp.doff = 5;
	frame->tcp.ack = 1;
	frame->tcp.psh = 1;
	frame->tcp.window = htons(1000);
	pseudo.from = frame->ip.saddr;
	pseudo.to = frame->ip.daddr;
	pseudo.protocol = htons(IPPROTO_TCP);
	pseudo.len = htons(sizeof(frame->tcp) + len);
	total = sum(&pseudo, sizeof(pseudo), 0);
	frame->tcp.check = folded(sum(&frame->tcp, sizeof(frame->tcp) + len, total));
}

/* The kernel copies what comes from such a ring, as it does for MSG_ZEROCOPY. */
TEST_F(pages, of_a_packet_ring)
{
	struct tpacket_req req = {
		.tp_block_size = self->page,
		.tp_block_nr = 1,
		.tp_frame_size = self->page,
		.tp_frame_nr = 1,
	};
	struct sockaddr_ll link = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = if_nametoindex("far"),
	};
	struct tpacket_hdr *slot;
	struct frame *frame;
	size_t len = 1200;
	int fd;

	fd = socket(AF_PACKET, SOCK_RAW, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)));
	slot = mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, slot);
	ASSERT_EQ(0, bind(fd, (struct sockaddr *)&link, sizeof(link)));

	frame = (void *)slot + TPACKET_HDRLEN - sizeof(struct sockaddr_ll);
	fill(frame->data, len, "good");
	make_frame(_metadata, self->pair.peer, frame, len);
	slot->tp_len = sizeof(*frame) + len;
	slot->tp_status = TP_STATUS_SEND_REQUEST;
	ASSERT_EQ(sizeof(*frame) + len, send(fd, NULL, 0, 0));

	check_it_stays(_metadata, self->pair.fd, frame->data, len);
	munmap(slot, self->page);
	close(fd);
}

TEST_HARNESS_MAIN
