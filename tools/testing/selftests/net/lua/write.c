// SPDX-License-Identifier: GPL-2.0
/*
 * Scripts that write to the data that they judge: who gets those bytes, and who
 * must not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "lua_variants.h"

#define SENT "0123456789abcdef"

/* The body of a script that does something with all of SENT, once. */
#define WITH_ALL "if size < 16 then return true, 0 end "

/* What lies far from what is written, too, and in pages */
#define LARGE	200000
#define STRIDE	1000

/* Writes 'X' to each byte of the stream whose place is a multiple of STRIDE. */
#define MARK								\
	"at = at or 0\n"						\
	"for i = -at % 1000, size - 1, 1000 do\n"			\
	"data:layout{ x = { i * 8, 8 } } data.x = 88 end\n"		\
	"at = at + size return true"

static void fill(char *bytes, size_t len, bool marked)
{
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = marked && i % STRIDE == 0 ? 'X' : 'a' + i % 23;
}

static size_t receive_all(int fd, char *bytes, size_t len)
{
	ssize_t n = recv(fd, bytes, len, MSG_WAITALL);

	return n < 0 ? 0 : n;
}

TEST_F(lua, what_is_written_is_what_the_application_reads)
{
	JUDGED_BY(WITH_ALL "data:layout{ s = { 4, 4, 'string' }, x = { 124, 4 } }\n"
		  "data.s = 'ABCD' data.x = 7 return true");
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, SENT, 16));
	EXPECT_STREQ("0123ABCD89abcdeg", lua_read_text(self->pair.fd, MSG_PEEK));
	EXPECT_STREQ("0123ABCD89abcdeg", lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, each_byte_can_be_written)
{
	JUDGED_BY(WITH_ALL "for i = size - 1, 0, -1 do\n"
		  "data:layout{ x = { i * 8, 8 } } data.x = 65 + i end return true");
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, SENT, 16));
	EXPECT_STREQ("ABCDEFGHIJKLMNOP", lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, what_is_written_stays_when_it_is_shown_again)
{
	JUDGED_BY("data:layout{ x = { 0, 8 } } data.x = 88\n"
		  "while #data < 16 do more() end return true");
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, SENT, 16));
	EXPECT_STREQ("X123456789abcdef", lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, what_is_written_is_what_takes_its_own_place)
{
	JUDGED_BY(WITH_ALL "data:layout{ x = { 0, 8 } } data.x = 88\n"
		  "return true, data:segment(0, 4)");
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, SENT, 16));
	EXPECT_STREQ("X123", lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, all_that_is_not_written_stays_as_it_is)
{
	static char sent[LARGE], expected[LARGE], seen[LARGE];
	pid_t sender;

	fill(sent, LARGE, false);
	fill(expected, LARGE, true);
	JUDGED_BY(MARK);
	sender = fork();
	if (!sender)
		_exit(!!lua_put(self->pair.peer, sent, LARGE));
	ASSERT_EQ(LARGE, receive_all(self->pair.fd, seen, LARGE));
	EXPECT_EQ(0, memcmp(expected, seen, LARGE));
	self->pair.sender = sender;
}

/* Bytes of the file and of the socket are the same pages. */
TEST_F(lua, the_file_from_which_it_was_sent_is_not_written_to)
{
	static char sent[LARGE], expected[LARGE], seen[LARGE];
	int file = memfd_create("sent", 0);
	pid_t sender;

	ASSERT_LE(0, file);
	fill(sent, LARGE, false);
	fill(expected, LARGE, true);
	ASSERT_EQ(LARGE, write(file, sent, LARGE));
	JUDGED_BY(MARK);
	sender = fork();
	if (!sender) {
		off_t from = 0;

		while (from < LARGE)
			if (sendfile(self->pair.peer, file, &from, LARGE - from) <= 0)
				_exit(1);
		_exit(0);
	}
	self->pair.sender = sender;
	ASSERT_EQ(LARGE, receive_all(self->pair.fd, seen, LARGE));
	EXPECT_EQ(0, memcmp(expected, seen, LARGE));
	ASSERT_EQ(LARGE, pread(file, seen, LARGE, 0));
	EXPECT_EQ(0, memcmp(sent, seen, LARGE));
	close(file);
}

/* A packet socket has a clone of each packet, as the sender has until it is
 * acknowledged.
 */
TEST_F(lua, who_has_seen_the_packet_has_seen_what_was_sent)
{
	struct sockaddr_ll lo = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex("lo"),
	};
	int tap = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
	struct timeval soon = { .tv_usec = 100000 };
	char sent[1500], seen[2000];
	int found = 0;
	ssize_t n;

	ASSERT_LE(0, tap);
	ASSERT_EQ(0, bind(tap, (struct sockaddr *)&lo, sizeof(lo)));
	ASSERT_EQ(0, setsockopt(tap, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)));
	fill(sent, sizeof(sent), false);
	JUDGED_BY("if size < 1500 then return true, 0 end\n"
		  "data:layout{ s = { 0, 1500, 'string' } }\n"
		  "data.s = ('X'):rep(1500) return true");
	ASSERT_EQ(0, lua_put(self->pair.peer, sent, sizeof(sent)));
	ASSERT_EQ(sizeof(sent), receive_all(self->pair.fd, seen, sizeof(sent)));
	EXPECT_EQ('X', seen[0]);
	EXPECT_EQ('X', seen[1499]);
	while ((n = recv(tap, seen, sizeof(seen), 0)) >= 0) {
		found += !!memmem(seen, n, sent, sizeof(sent));
		EXPECT_EQ(NULL, memmem(seen, n, "XXXXXXXX", 8));
	}
	EXPECT_LT(0, found);
	close(tap);
}

TEST_F(lua, an_urgent_byte_is_read_as_it_was_written)
{
	char byte = 0;

	JUDGED_BY("local i = data:find('!', 1, true)\n"
		  "if i then data:layout{ x = { i * 8 - 8, 8 } } data.x = 63 end\n"
		  "return true");
	ASSERT_EQ(1, send(self->pair.peer, "!", 1, MSG_OOB));
	ASSERT_EQ(1, lua_poll(self->pair.fd, POLLPRI, LUA_PATIENCE_MS));
	EXPECT_EQ(1, recv(self->pair.fd, &byte, 1, MSG_OOB));
	EXPECT_EQ('?', byte);
	ASSERT_EQ(0, lua_puts(self->pair.peer, "."));
	EXPECT_STREQ(".", lua_read_text(self->pair.fd, 0));
}

/* In a send hook, for what is short and for what takes pages. */
TEST_F(lua, what_is_written_is_what_is_sent)
{
	static char sent[LARGE], kept[LARGE], expected[LARGE], seen[LARGE];
	static const size_t sizes[] = { 16, 3000, LARGE };
	unsigned int i;

	fill(sent, LARGE, false);
	fill(kept, LARGE, false);
	fill(expected, LARGE, true);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		pid_t sender;

		lua_pair_close(&self->pair);
		ASSERT_EQ(0, lua_pair_open(&self->pair, variant->family));
		ASSERT_EQ(0, lua_handle(self->pair.fd, SS_LUA_HOOK_SEND, MARK));
		sender = fork();
		if (!sender) {
			if (lua_put(self->pair.fd, sent, sizes[i]))
				_exit(1);
			_exit(memcmp(sent, kept, sizes[i]) ? 1 : 0);
		}
		ASSERT_EQ(sizes[i], receive_all(self->pair.peer, seen, sizes[i]));
		EXPECT_EQ(0, memcmp(expected, seen, sizes[i]));
		self->pair.sender = sender;
	}
}

TEST_F(lua, the_file_that_is_sent_is_not_written_to)
{
	static char sent[LARGE], expected[LARGE], seen[LARGE];
	int file = memfd_create("sent", 0);
	off_t from = 0;

	ASSERT_LE(0, file);
	fill(sent, LARGE, false);
	fill(expected, LARGE, true);
	ASSERT_EQ(LARGE, write(file, sent, LARGE));
	ASSERT_EQ(0, lua_pair_open(&self->pair, variant->family));
	ASSERT_EQ(0, lua_handle(self->pair.fd, SS_LUA_HOOK_SEND, MARK));
	ASSERT_EQ(20000, sendfile(self->pair.fd, file, &from, 20000));
	ASSERT_EQ(20000, receive_all(self->pair.peer, seen, 20000));
	EXPECT_EQ(0, memcmp(expected, seen, 20000));
	ASSERT_EQ(LARGE, pread(file, seen, LARGE, 0));
	EXPECT_EQ(0, memcmp(sent, seen, LARGE));
	close(file);
}

TEST_HARNESS_MAIN
