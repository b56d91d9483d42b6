// SPDX-License-Identifier: GPL-2.0
/*
 * Long streams: more than a page, a buffer, or a replacement's buffer holds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lua_sock.h"

#define LONG	(384 * 1024)

static struct lua_stream sent, seen;

static void fill(size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sent.bytes[i] = 'a' + i % 26 - (i / 26 % 2) * 32;
	sent.len = len;
	sent.err = 0;
}

/* Send it all, from a process of its own, in pieces of @step. */
static void send_all(struct lua_pair *pair, size_t step)
{
	pair->sender = fork();
	if (!pair->sender) {
		size_t n = 0;

		for (; n < sent.len; n += step)
			lua_put(pair->peer, sent.bytes + n,
				sent.len - n < step ? sent.len - n : step);
		shutdown(pair->peer, SHUT_WR);
		_exit(0);
	}
}

static ssize_t by_recv(int fd, char *buf, size_t len)
{
	return recv(fd, buf, len, 0);
}

static ssize_t by_splice(int fd, char *buf, size_t len)
{
	static int ends[2] = { -1, -1 };
	ssize_t n, got = 0;

	if (ends[0] < 0 && pipe(ends))
		return -1;
	n = splice(fd, NULL, ends[1], NULL, len, 0);
	while (n > 0 && got < n)
		got += read(ends[0], buf + got, n - got);
	return n;
}

static ssize_t by_poll(int fd, char *buf, size_t len)
{
	lua_readable(fd);
	return recv(fd, buf, len, MSG_DONTWAIT);
}

static ssize_t by_zerocopy(int fd, char *buf, size_t len)
{
	struct tcp_zerocopy_receive zc = {};
	socklen_t zclen = sizeof(zc);
	static void *map;
	ssize_t n;

	if (!map) {
		map = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED)
			return -1;
	}
	lua_readable(fd);
	zc.address = (uintptr_t)map;
	zc.length = len;
	if (!getsockopt(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &zc, &zclen)) {
		if (zc.length) {
			memcpy(buf, map, zc.length);
			return zc.length;
		}
		if (zc.recv_skip_hint && zc.recv_skip_hint < len)
			len = zc.recv_skip_hint;
	}
	n = recv(fd, buf, len, MSG_DONTWAIT);
	return n;
}

static const struct {
	const char *name;
	lua_read_fn *read;
} ways[] = {
	{ "recv", by_recv },
	{ "splice", by_splice },
	{ "poll", by_poll },
	{ "zerocopy", by_zerocopy },
};

/* What comes out, by each way, is what went in. */
static void check_identity(struct __test_metadata *_metadata, int listener,
			   size_t step)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		struct lua_pair pair;

		ASSERT_EQ(0, lua_pair_accept(&pair, listener));
		send_all(&pair, step);
		lua_stream_read(&seen, pair.fd, ways[i].read);
		EXPECT_STREQ(lua_stream_text(&sent, ways[i].name),
			     lua_stream_text(&seen, ways[i].name)) {
			TH_LOG("SS_LUA_ERROR: %s", lua_error(pair.fd));
		}
		lua_pair_close(&pair);
	}
}

FIXTURE(stream)
{
	int listener;
};

FIXTURE_VARIANT(stream)
{
	int family;
	size_t step;
};

FIXTURE_VARIANT_ADD(stream, ipv4_odd)
{
	.family = AF_INET,
	.step = 4999,
};

FIXTURE_VARIANT_ADD(stream, ipv4_large)
{
	.family = AF_INET,
	.step = 65536,
};

FIXTURE_VARIANT_ADD(stream, ipv6_odd)
{
	.family = AF_INET6,
	.step = 4999,
};

FIXTURE_VARIANT_ADD(stream, ipv6_large)
{
	.family = AF_INET6,
	.step = 65536,
};

FIXTURE_SETUP(stream)
{
	self->listener = lua_listen(variant->family);
	ASSERT_LE(0, self->listener);
	ASSERT_EQ(0, lua_attach(self->listener));
	fill(LONG);
}

FIXTURE_TEARDOWN(stream)
{
	close(self->listener);
}

TEST_F(stream, passed_whole_comes_whole)
{
	ASSERT_EQ(0, lua_judge(self->listener, "return true"));
	check_identity(_metadata, self->listener, variant->step);
}

TEST_F(stream, passed_in_pages_comes_whole)
{
	ASSERT_EQ(0, lua_judge(self->listener, "return true, size & ~4095"));
	check_identity(_metadata, self->listener, variant->step);
}

/* What is held back is less than the buffer, though the segments around it may
 * fill that.
 */
TEST_F(stream, passed_in_pages_comes_whole_through_a_fixed_buffer)
{
	int size = 65536;

	ASSERT_EQ(0, setsockopt(self->listener, SOL_SOCKET, SO_RCVBUF, &size,
				sizeof(size)));
	ASSERT_EQ(0, lua_judge(self->listener, "return true, size & ~4095"));
	check_identity(_metadata, self->listener, variant->step);
}

TEST_F(stream, replaced_by_itself_comes_whole)
{
	ASSERT_EQ(0, lua_judge(self->listener, "return true, tostring(data)"));
	check_identity(_metadata, self->listener, variant->step);
}

TEST_F(stream, replaced_now_and_then_comes_whole)
{
	ASSERT_EQ(0, lua_judge(self->listener,
			       "n = (n or 0) + 1\n"
			       "if n % 2 == 0 then return true end\n"
			       "if n % 3 == 0 then return true, data end\n"
			       "return true, tostring(data)"));
	check_identity(_metadata, self->listener, variant->step);
}

/* The replacement is larger than a socket buffer of that size. */
TEST_F(stream, a_replacement_may_be_longer_than_all_buffers)
{
	struct lua_pair pair;
	unsigned int i;

	ASSERT_EQ(0, lua_judge(self->listener,
			       "if size < 10 then return true, 0 end\n"
			       "return true, ('x'):rep(300000)"));
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
		sent.len = 10;
		send_all(&pair, 10);
		lua_stream_read(&seen, pair.fd, ways[i].read);
		memset(sent.bytes, 'x', 300000);
		sent.len = 300000;
		EXPECT_STREQ(lua_stream_text(&sent, ways[i].name),
			     lua_stream_text(&seen, ways[i].name)) {
			TH_LOG("SS_LUA_ERROR: %s", lua_error(pair.fd));
		}
		lua_pair_close(&pair);
	}
}

/* Six pages of eight, all there at once: not a byte of the last two. */
TEST_F(stream, mapping_ends_where_the_passed_pages_end)
{
	struct lua_pair pair;
	unsigned int i;

	ASSERT_EQ(0, lua_judge(self->listener,
			       "passed = passed or 0\n"
			       "local n = size & ~4095\n"
			       "if passed + n > 24576 then n = 24576 - passed end\n"
			       "passed = passed + n return true, n"));
	fill(32768);
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
		ASSERT_EQ(0, lua_put(pair.peer, sent.bytes, 32768));
		ASSERT_EQ(0, shutdown(pair.peer, SHUT_WR));
		ASSERT_EQ(0, lua_arrived(pair.peer));
		lua_stream_read(&seen, pair.fd, ways[i].read);
		sent.len = 24576;
		sent.err = ECONNREFUSED;
		EXPECT_STREQ(lua_stream_text(&sent, ways[i].name),
			     lua_stream_text(&seen, ways[i].name));
		lua_pair_close(&pair);
	}
}

/* What the mapping leaves is copied, as much as the application has room for. */
TEST_F(stream, copying_what_cannot_be_mapped_ends_there_too)
{
	const int room[] = { 1, 5000, 65536, -1, INT_MIN };
	struct tcp_zerocopy_receive zc;
	static char copy[65536];
	struct lua_pair pair;
	socklen_t zclen;
	unsigned int i;
	ssize_t n;
	void *map;

	ASSERT_EQ(0, lua_judge(self->listener,
			       "if passed then return true, 0 end\n"
			       "passed = true return true, 4096"));
	fill(32768);
	for (i = 0; i < ARRAY_SIZE(room); i++) {
		ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
		ASSERT_EQ(0, lua_put(pair.peer, sent.bytes, 32768));
		ASSERT_EQ(0, lua_arrived(pair.peer));
		map = mmap(NULL, 8192, PROT_READ, MAP_SHARED, pair.fd, 0);
		ASSERT_NE(MAP_FAILED, map);

		memset(&zc, 0, sizeof(zc));
		memset(copy, 0, sizeof(copy));
		zc.address = (uintptr_t)map;
		zc.length = 4096;
		zc.copybuf_address = (uintptr_t)copy;
		zc.copybuf_len = room[i];
		zclen = sizeof(zc);
		ASSERT_EQ(0, getsockopt(pair.fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE,
					&zc, &zclen));
		n = zc.length + (zc.copybuf_len > 0 ? zc.copybuf_len : 0);
		EXPECT_GE(4096, n);
		EXPECT_EQ(4096 - n, zc.inq);
		EXPECT_GE(4096 - n, zc.recv_skip_hint);
		EXPECT_EQ(0, copy[4096]);
		/* No more than what is left of the passed ones. */
		EXPECT_EQ(4096 - n ?: -1, recv(pair.fd, copy, sizeof(copy),
					       MSG_DONTWAIT)) {
			TH_LOG("with room for %d", room[i]);
		}
		EXPECT_TRUE(lua_stays_unreadable(pair.fd));
		munmap(map, 8192);
		lua_pair_close(&pair);
	}
}

TEST_HARNESS_MAIN
