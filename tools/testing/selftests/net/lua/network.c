// SPDX-License-Identifier: GPL-2.0
/*
 * Megabytes over networks that lose, repeat, delay and reorder packets, in
 * buffers of all shapes: what comes out is what went in, and a script that
 * looks at every byte sees that.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lua_path.h"
#include "lua_sock.h"

#define MUCH		(512 * 1024)
/* The bytes repeat after that; no segment or buffer has such a size. */
#define PERIOD		65521

static char letters[PERIOD];

static void make_letters(void)
{
	__u32 x = 1;
	int i;

	for (i = 0; i < PERIOD; i++) {
		x = x * 1664525 + 1013904223;
		letters[i] = 'a' + (x >> 24) % 26;
	}
}

/* Of @bytes, which begin at @at, are all as they were sent? */
static bool as_sent(const char *bytes, size_t len, size_t at, int model(int))
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] != (char)model(letters[(at + i) % PERIOD]))
			return false;
	return true;
}

static int same(int c)
{
	return c;
}

/* From a process of its own, in pieces of @step; then the end. */
static void send_letters(struct lua_pair *pair, size_t len, size_t step)
{
	size_t at = 0, n;
	int one = 1;

	pair->sender = fork();
	if (pair->sender)
		return;
	if (step < 100)
		setsockopt(pair->peer, IPPROTO_TCP, TCP_NODELAY, &one,
			   sizeof(one));
	for (; at < len; at += n) {
		n = PERIOD - at % PERIOD;
		n = n < step ? n : step;
		n = n < len - at ? n : len - at;
		if (lua_put(pair->peer, letters + at % PERIOD, n))
			_exit(1);
	}
	shutdown(pair->peer, SHUT_WR);
	_exit(0);
}

/* Read it to its end. Returns what is wrong, or "". */
static const char *read_letters(int fd, size_t len, int model(int))
{
	static char story[128], buf[65536];
	size_t at = 0;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
		if (!as_sent(buf, n, at, model)) {
			snprintf(story, sizeof(story), "wrong in %zu to %zu",
				 at, at + n);
			return story;
		}
		at += n;
	}
	if (!n && at == len)
		return "";
	snprintf(story, sizeof(story), "%zu bytes, then %s", at,
		 n ? strerror(errno) : "the end");
	return story;
}

FIXTURE(network)
{
	int listener;
};

FIXTURE_VARIANT(network)
{
	int family;
	struct lua_path path;
};

#define VARIANT(name, fam, ...)						\
	FIXTURE_VARIANT_ADD(network, name)				\
	{								\
		.family = fam,						\
		.path = { __VA_ARGS__ },				\
	}

VARIANT(ipv4_large_segments, AF_INET, .netem = NULL);
VARIANT(ipv6_large_segments, AF_INET6, .netem = NULL);
VARIANT(ipv4_linear_segments, AF_INET, .no_tso = true, .no_sg = true);
VARIANT(ipv4_merged_segments, AF_INET, .no_tso = true, .gro = true);
VARIANT(ipv6_merged_segments, AF_INET6, .no_tso = true, .gro = true);
VARIANT(ipv4_jumbo, AF_INET, .mtu = 65535, .no_tso = true);
VARIANT(ipv4_lossy, AF_INET, .netem = "delay 1ms loss 1%");
VARIANT(ipv4_reordered, AF_INET, .no_tso = true,
	.netem = "delay 2ms 1ms reorder 30% 50%");
VARIANT(ipv4_repeated, AF_INET, .gro = true,
	.netem = "delay 1ms duplicate 10%");
#define ALL_AT_ONCE "delay 1ms 1ms loss 0.5% duplicate 2% reorder 20% 50%"
VARIANT(ipv4_hostile, AF_INET, .no_tso = true, .gro = true, .mtu = 1400,
	.netem = ALL_AT_ONCE);
VARIANT(ipv6_hostile, AF_INET6, .no_tso = true, .gro = true, .mtu = 1400,
	.netem = ALL_AT_ONCE);

FIXTURE_SETUP(network)
{
	make_letters();
	ASSERT_EQ(0, lua_path_lay(&variant->path));
	self->listener = lua_path_listen(variant->family);
	ASSERT_LE(0, self->listener);
	ASSERT_EQ(0, lua_attach(self->listener));
	/* What a full receive buffer takes, as one string */
	ASSERT_EQ(0, lua_path_sysctl("net/lua/max_instructions",
				     "100000000"));
	ASSERT_EQ(0, lua_path_sysctl("net/lua/max_memory", "67108864"));
}

FIXTURE_TEARDOWN(network)
{
	close(self->listener);
}

/**
 * struct flow - a stream of letters
 * @body: of the script's function
 * @len: bytes sent
 * @step: bytes of a write
 * @model: what becomes of each letter
 * @buffer: of the receiver; 0 leaves it to TCP
 */
struct flow {
	const char *body;
	size_t len;
	size_t step;
	int (*model)(int c);
	int buffer;
};

static const struct flow flows[] = {
	{ "return true", MUCH, 60000, same },
	{ "if size < 1000 then return true end\n"
	  "return true, size - size % 997", MUCH, 7001, same },
	{ "return true, tostring(data):upper()", MUCH, 60000, toupper },
	{ "n = (n or 0) + 1\n"
	  "if n % 2 == 0 then return true, size // 2 end\n"
	  "if n % 3 == 0 then return true, data end\n"
	  "return true, tostring(data:segment(0, size))",
	  MUCH, 30011, same },
	{ "return true, size", 2000, 1, same },
	/* Each byte is looked at: the script knows the generator. */
	{ "i, x = i or 0, x or 1\n"
	  "for at = 0, size - 1, 4096 do\n"
	  "  local s = tostring(data:segment(at,\n"
	  "    math.min(4096, size - at)))\n"
	  "  for j = 1, #s do\n"
	  "    if i % 65521 == 0 then x = 1 end\n"
	  "    x = x * 1664525 + 1013904223 & 0xffffffff\n"
	  "    if s:byte(j) ~= 97 + (x >> 24) % 26 then\n"
	  "      error('byte ' .. i) end\n"
	  "    i = i + 1\n"
	  "  end\n"
	  "end return true", MUCH / 8, 60000, same },
	/* All that a buffer holds is one view: any part of it is what the
	 * whole has there.
	 */
	{ "if size < 524288 then return true, 0 end\n"
	  "local all = tostring(data)\n"
	  "for at = 0, size - 3000, 1999 do\n"
	  "  if tostring(data:segment(at, 3000)) ~=\n"
	  "    all:sub(at + 1, at + 3000) then error(at) end\n"
	  "  if tostring(data:segment(size - at - 1, 1)) ~=\n"
	  "    all:sub(-at - 1, -at - 1) then error(-at) end\n"
	  "end return true", MUCH, 60000, same, 16 * MUCH },
};

static void check_flow(struct __test_metadata *_metadata, int listener,
		       const struct flow *flow)
{
	struct lua_pair pair;

	ASSERT_EQ(0, lua_judge(listener, flow->body));
	if (flow->buffer)
		ASSERT_EQ(0, setsockopt(listener, SOL_SOCKET, SO_RCVBUFFORCE,
					&flow->buffer, sizeof(int)));
	ASSERT_EQ(0, lua_pair_accept(&pair, listener));
	send_letters(&pair, flow->len, flow->step);
	EXPECT_STREQ("", read_letters(pair.fd, flow->len, flow->model)) {
		TH_LOG("%s: %s", flow->body, lua_error(pair.fd));
	}
	lua_pair_close(&pair);
}

TEST_F(network, letters_come_as_the_script_lets_them)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flows); i++)
		check_flow(_metadata, self->listener, &flows[i]);
}

TEST_HARNESS_MAIN
