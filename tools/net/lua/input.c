// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes for a script: a file, or what the client of a connection sent in a
 * capture.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <pcap/pcap.h>

#include "lua-ulp.h"

/* One end of a connection */
struct end {
	unsigned char address[16];
	uint16_t port;
};

struct connection {
	int family;
	struct end client, server;
	bool began;		/* with a SYN */
	uint32_t seq;		/* of its first packet */
};

/* A packet's payload */
struct packet {
	int family;
	struct end from, to;
	uint32_t seq;
	uint8_t flags;
	const unsigned char *bytes;
	size_t len;
};

/* A segment, before it is known what comes before it */
struct piece {
	uint32_t offset;
	unsigned char *bytes;
	size_t len;
};

struct capture {
	int wanted, seen;
	struct connection *all;
	struct connection connection;	/* the wanted one, once it is @found */
	bool found;
	bool over;			/* another one has its ports */
	uint32_t first;			/* sequence number of the first byte */
	struct piece *piece;
	size_t pieces;
};

static int add_segment(struct input *input, const void *bytes, size_t len)
{
	struct segment *more;

	more = realloc(input->segment, (input->segments + 1) * sizeof(*more));
	if (!more)
		return -1;
	input->segment = more;
	more += input->segments;
	more->bytes = malloc(len);
	if (!more->bytes)
		return -1;
	memcpy(more->bytes, bytes, len);
	more->len = len;
	input->segments++;
	input->len += len;
	return 0;
}

void input_free(struct input *input)
{
	for (size_t i = 0; i < input->segments; i++)
		free(input->segment[i].bytes);
	free(input->segment);
}

/* input_split() - the same bytes in segments of @size */
int input_split(struct input *input, size_t size)
{
	struct input split = { .len = 0 };
	unsigned char *all = malloc(input->len + 1);
	size_t at = 0;
	int err = 0;

	if (!all)
		return -1;
	for (size_t i = 0; i < input->segments; i++) {
		memcpy(all + at, input->segment[i].bytes, input->segment[i].len);
		at += input->segment[i].len;
	}
	for (at = 0; at < input->len && !err; at += size) {
		size_t n = input->len - at < size ? input->len - at : size;

		err = add_segment(&split, all + at, n);
	}
	free(all);
	memcpy(split.origin, input->origin, sizeof(split.origin));
	input_free(input);
	*input = split;
	return err;
}

static bool same_end(const struct end *a, const struct end *b)
{
	return a->port == b->port && !memcmp(a->address, b->address, sizeof(a->address));
}

static bool is_client(const struct connection *connection, const struct packet *packet)
{
	return same_end(&connection->client, &packet->from) &&
	       same_end(&connection->server, &packet->to);
}

static bool is_server(const struct connection *connection, const struct packet *packet)
{
	return same_end(&connection->client, &packet->to) &&
	       same_end(&connection->server, &packet->from);
}

/* The network header, behind what the link put before it; its type by its own
 * version. NULL if it is no IP.
 */
static const unsigned char *skip_link(int link, const unsigned char *bytes, size_t *len)
{
	size_t skip = 0;

	switch (link) {
	case DLT_EN10MB:
		skip = sizeof(struct ether_header);
		while (*len >= skip + 4 && bytes[skip - 2] == 0x81 && !bytes[skip - 1])
			skip += 4;
		break;
	case DLT_LINUX_SLL:
		skip = 16;
		break;
#ifdef DLT_LINUX_SLL2
	case DLT_LINUX_SLL2:
		skip = 20;
		break;
#endif
	case DLT_NULL:
	case DLT_LOOP:
		skip = 4;
		break;
	}
	if (*len <= skip)
		return NULL;
	*len -= skip;
	return bytes + skip;
}

static bool parse_tcp(struct packet *packet, const unsigned char *bytes, size_t len)
{
	struct tcphdr tcp;

	if (len < sizeof(tcp))
		return false;
	memcpy(&tcp, bytes, sizeof(tcp));
	if (tcp.doff * 4u < sizeof(tcp) || tcp.doff * 4u > len)
		return false;
	packet->from.port = ntohs(tcp.source);
	packet->to.port = ntohs(tcp.dest);
	packet->seq = ntohl(tcp.seq);
	packet->flags = tcp.th_flags;
	packet->bytes = bytes + tcp.doff * 4;
	packet->len = len - tcp.doff * 4;
	return true;
}

static bool parse_ipv4(struct packet *packet, const unsigned char *bytes, size_t len)
{
	struct iphdr ip;
	size_t all;

	if (len < sizeof(ip))
		return false;
	memcpy(&ip, bytes, sizeof(ip));
	all = ntohs(ip.tot_len);
	if (ip.protocol != IPPROTO_TCP || ip.ihl * 4u < sizeof(ip) || ip.ihl * 4u > all ||
	    all > len || (ntohs(ip.frag_off) & (IP_MF | IP_OFFMASK)))
		return false;
	packet->family = AF_INET;
	memcpy(packet->from.address, &ip.saddr, 4);
	memcpy(packet->to.address, &ip.daddr, 4);
	return parse_tcp(packet, bytes + ip.ihl * 4, all - ip.ihl * 4);
}

/* TCP behind extension headers is not looked for. */
static bool parse_ipv6(struct packet *packet, const unsigned char *bytes, size_t len)
{
	struct ip6_hdr ip;
	size_t all;

	if (len < sizeof(ip))
		return false;
	memcpy(&ip, bytes, sizeof(ip));
	all = ntohs(ip.ip6_plen);
	if (ip.ip6_nxt != IPPROTO_TCP || sizeof(ip) + all > len)
		return false;
	packet->family = AF_INET6;
	memcpy(packet->from.address, &ip.ip6_src, 16);
	memcpy(packet->to.address, &ip.ip6_dst, 16);
	return parse_tcp(packet, bytes + sizeof(ip), all);
}

static bool parse_packet(struct packet *packet, int link, const unsigned char *bytes,
			 size_t len)
{
	memset(packet, 0, sizeof(*packet));
	bytes = skip_link(link, bytes, &len);
	if (!bytes)
		return false;
	switch (bytes[0] >> 4) {
	case 4:
		return parse_ipv4(packet, bytes, len);
	case 6:
		return parse_ipv6(packet, bytes, len);
	}
	return false;
}

/* Is it of a connection that was seen? A SYN is of the one that it began. */
static bool is_known(const struct capture *capture, const struct packet *packet, bool syn)
{
	for (int i = 0; i < capture->seen; i++) {
		const struct connection *connection = &capture->all[i];

		if (is_client(connection, packet) && (!syn || connection->seq == packet->seq))
			return true;
		if (is_server(connection, packet) && !syn)
			return true;
	}
	return false;
}

/* A connection begins with its SYN; one that began before the capture, with its
 * first bytes, whose sender counts as the client. 1: the packet begins one.
 */
static int begins(struct capture *capture, const struct packet *packet)
{
	bool syn = (packet->flags & (TH_SYN | TH_ACK)) == TH_SYN;
	struct connection *more;

	if ((!syn && !packet->len) || is_known(capture, packet, syn))
		return 0;
	more = realloc(capture->all, (capture->seen + 1) * sizeof(*more));
	if (!more)
		return -1;
	capture->all = more;
	more += capture->seen++;
	*more = (struct connection) {
		.family = packet->family,
		.client = packet->from,
		.server = packet->to,
		.began = syn,
		.seq = packet->seq,
	};
	return 1;
}

static int take(struct capture *capture, const struct packet *packet)
{
	struct piece *more;

	if (!packet->len)
		return 0;
	more = realloc(capture->piece, (capture->pieces + 1) * sizeof(*more));
	if (!more)
		return -1;
	capture->piece = more;
	more += capture->pieces;
	more->bytes = malloc(packet->len);
	if (!more->bytes)
		return -1;
	memcpy(more->bytes, packet->bytes, packet->len);
	more->len = packet->len;
	more->offset = packet->seq + !!(packet->flags & TH_SYN) - capture->first;
	capture->pieces++;
	return 0;
}

static int see(struct capture *capture, const struct packet *packet)
{
	int began = begins(capture, packet);

	if (began < 0)
		return began;
	if (began && capture->seen == capture->wanted) {
		capture->connection = capture->all[capture->seen - 1];
		capture->found = true;
		capture->first = packet->seq + !!(packet->flags & TH_SYN);
	} else if (began && capture->found && is_client(&capture->connection, packet)) {
		capture->over = true;
	}
	if (!capture->found || capture->over || !is_client(&capture->connection, packet))
		return 0;
	return take(capture, packet);
}

static int compare(const void *a, const void *b)
{
	const struct piece *one = a, *two = b;

	if (one->offset != two->offset)
		return (int32_t)(one->offset - two->offset) < 0 ? -1 : 1;
	return one->len < two->len ? -1 : one->len > two->len;
}

/* The stream, with what was sent twice once; -1: no memory, -2: bytes are missing */
static int assemble(struct capture *capture, struct input *input)
{
	qsort(capture->piece, capture->pieces, sizeof(*capture->piece), compare);
	for (size_t i = 0; i < capture->pieces; i++) {
		const struct piece *piece = &capture->piece[i];
		int32_t ahead = piece->offset - (uint32_t)input->len;

		if (ahead > 0)
			return -2;
		if (piece->len <= (size_t)-ahead)
			continue;
		if (add_segment(input, piece->bytes - ahead, piece->len + ahead))
			return -1;
	}
	return 0;
}

static void name_origin(struct input *input, const char *path,
			const struct capture *capture)
{
	const struct connection *connection = &capture->connection;
	char client[INET6_ADDRSTRLEN], server[INET6_ADDRSTRLEN];

	inet_ntop(connection->family, connection->client.address, client, sizeof(client));
	inet_ntop(connection->family, connection->server.address, server, sizeof(server));
	snprintf(input->origin, sizeof(input->origin),
		 "%s, connection %d of %d, %s port %d to %s port %d%s: %zu bytes", path,
		 capture->wanted, capture->seen, client, connection->client.port, server,
		 connection->server.port, connection->began ? "" : " (not from its start)",
		 input->len);
}

static int see_all(struct capture *capture, pcap_t *pcap)
{
	const unsigned char *bytes;
	struct pcap_pkthdr *header;
	struct packet packet;
	int ret;

	while ((ret = pcap_next_ex(pcap, &header, &bytes)) == 1) {
		if (parse_packet(&packet, pcap_datalink(pcap), bytes, header->caplen) &&
		    see(capture, &packet))
			return -1;
	}
	return ret == PCAP_ERROR_BREAK ? 0 : ret;
}

static int read_capture(struct input *input, const char *path, pcap_t *pcap,
			struct capture *capture)
{
	if (see_all(capture, pcap)) {
		complain("%s: %s", path, pcap_geterr(pcap));
		return STATUS_SYSTEM;
	}
	if (!capture->found) {
		complain("%s: there are %d TCP connections in it, not %d", path,
			 capture->seen, capture->wanted);
		return STATUS_USAGE;
	}
	switch (assemble(capture, input)) {
	case 0:
		name_origin(input, path, capture);
		return STATUS_OK;
	case -2:
		complain("%s: connection %d is not complete: byte %zu was not captured; "
			 "capture whole packets (tcpdump -s 0)", path, capture->wanted,
			 input->len);
		return STATUS_USAGE;
	}
	complain("out of memory");
	return STATUS_SYSTEM;
}

static void free_capture(struct capture *capture)
{
	for (size_t i = 0; i < capture->pieces; i++)
		free(capture->piece[i].bytes);
	free(capture->piece);
	free(capture->all);
}

static int read_plain(struct input *input, const char *path)
{
	size_t len;
	char *bytes = read_file(path, &len);

	if (!bytes || (len && add_segment(input, bytes, len))) {
		complain("%s: %s", path, strerror(errno));
		free(bytes);
		return STATUS_USAGE;
	}
	free(bytes);
	snprintf(input->origin, sizeof(input->origin), "%s: %zu bytes", path, len);
	return STATUS_OK;
}

/* input_read() - 0, or a status; what is wrong has been said. Whatever libpcap
 * does not know is plain bytes.
 */
int input_read(struct input *input, const char *path, int connection)
{
	struct capture capture = { .wanted = connection };
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = NULL;
	int status;

	memset(input, 0, sizeof(*input));
	if (strcmp(path, "-"))
		pcap = pcap_open_offline(path, error);
	if (!pcap)
		return read_plain(input, path);
	status = read_capture(input, path, pcap, &capture);
	free_capture(&capture);
	pcap_close(pcap);
	return status;
}
