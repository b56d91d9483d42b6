// SPDX-License-Identifier: GPL-2.0
/*
 * Urgent data: a byte that TCP lets overtake the others must not overtake the
 * script.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include "lua_families.h"

static ssize_t try_recv(int fd, char *buf, size_t len, int flags)
{
	ssize_t n = recv(fd, buf, len, flags | MSG_DONTWAIT);

	return n < 0 ? -errno : n;
}

/* "abc", urgent "d", "ef", all there. */
static void send_urgent(struct __test_metadata *_metadata, int peer)
{
	ASSERT_EQ(0, lua_puts(peer, "abc"));
	ASSERT_EQ(1, send(peer, "d", 1, MSG_OOB));
	ASSERT_EQ(0, lua_puts(peer, "ef"));
	ASSERT_EQ(0, lua_arrived(peer));
}

/* All that can be seen of it, as a text. */
static void tell(int fd, char *story, size_t size)
{
	char buf[16];
	size_t used = 0;
	ssize_t n;
	int mark, i;

	story[0] = '\0';
	used += snprintf(story + used, size - used, "urgent %d, ",
			 lua_poll(fd, POLLPRI, LUA_PATIENCE_MS));
	n = try_recv(fd, buf, 1, MSG_OOB | MSG_PEEK);
	used += snprintf(story + used, size - used, "peeked %zd '%.*s', ", n,
			 n > 0 ? (int)n : 0, buf);
	n = try_recv(fd, buf, 1, MSG_OOB);
	used += snprintf(story + used, size - used, "got %zd '%.*s', ", n,
			 n > 0 ? (int)n : 0, buf);
	for (i = 0; i < 4; i++) {
		ioctl(fd, SIOCATMARK, &mark);
		n = try_recv(fd, buf, sizeof(buf), 0);
		used += snprintf(story + used, size - used,
				 "at mark %d: %zd '%.*s', ", mark, n,
				 n > 0 ? (int)n : 0, buf);
	}
	n = try_recv(fd, buf, 1, MSG_OOB);
	snprintf(story + used, size - used, "then %zd", n);
}

static void check_like_tcp(struct __test_metadata *_metadata, int family,
			   int is_inline)
{
	char stories[2][512];
	int i;

	for (i = 0; i < 2; i++) {
		struct lua_pair pair;

		ASSERT_EQ(0, lua_pair_open(&pair, family));
		ASSERT_EQ(0, setsockopt(pair.fd, SOL_SOCKET, SO_OOBINLINE,
					&is_inline, sizeof(is_inline)));
		if (i)
			ASSERT_EQ(0, lua_judge(pair.fd, "return true"));
		send_urgent(_metadata, pair.peer);
		tell(pair.fd, stories[i], sizeof(stories[i]));
		lua_pair_close(&pair);
	}
	EXPECT_STREQ(stories[0], stories[1]);
}

TEST_F(lua, passed_urgent_data_is_read_as_without_a_script)
{
	check_like_tcp(_metadata, variant->family, 0);
}

TEST_F(lua, passed_urgent_data_in_line_is_read_as_without_a_script)
{
	check_like_tcp(_metadata, variant->family, 1);
}

/* It is not for a pipe: splicing stops there, and says so if it should not wait. */
static void tell_splice(struct __test_metadata *_metadata, int fd, char *story,
			size_t size)
{
	int ends[2], i;
	size_t used = 0;
	char buf[16];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_NONBLOCK));
	for (i = 0; i < 2; i++) {
		ssize_t n = splice(fd, NULL, ends[1], NULL, sizeof(buf), 0);

		used += snprintf(story + used, size - used, "spliced %zd, ",
				 n < 0 ? -errno : n);
	}
	snprintf(story + used, size - used, "then %zd", try_recv(fd, buf, sizeof(buf), 0));
	close(ends[0]);
	close(ends[1]);
}

TEST_F(lua, splicing_stops_at_urgent_data_as_without_a_script)
{
	char plain[128], scripted[128];

	send_urgent(_metadata, self->pair.peer);
	tell_splice(_metadata, self->pair.fd, plain, sizeof(plain));
	JUDGED_BY("return true");
	send_urgent(_metadata, self->pair.peer);
	tell_splice(_metadata, self->pair.fd, scripted, sizeof(scripted));
	EXPECT_STREQ(plain, scripted);
}

TEST_F(lua, the_script_sees_urgent_data_in_its_place)
{
	char buf[16] = "";

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "if size < 6 then return true, 0 end\n"
			       "return true, '<' .. tostring(data) .. '>'"));
	send_urgent(_metadata, self->pair.peer);
	EXPECT_EQ(8, try_recv(self->pair.fd, buf, sizeof(buf), 0));
	EXPECT_STREQ("<abcdef>", buf);
}

TEST_F(lua, refused_urgent_data_cannot_be_read)
{
	char buf[16];

	ASSERT_EQ(0, lua_judge(self->pair.fd, "return false"));
	send_urgent(_metadata, self->pair.peer);
	EXPECT_EQ(-ECONNREFUSED, try_recv(self->pair.fd, buf, 1, MSG_OOB));
	EXPECT_EQ(-ECONNREFUSED, try_recv(self->pair.fd, buf, 1,
					  MSG_OOB | MSG_PEEK));
	EXPECT_EQ(-ECONNREFUSED, try_recv(self->pair.fd, buf, 16, 0));
	EXPECT_EQ(0, lua_poll(self->pair.fd, POLLPRI, 0));
}

TEST_F(lua, refused_urgent_data_cannot_be_read_without_the_hook_either)
{
	char buf[16];

	ASSERT_EQ(0, lua_judge(self->pair.fd, "return false"));
	send_urgent(_metadata, self->pair.peer);
	EXPECT_EQ(-ECONNREFUSED, try_recv(self->pair.fd, buf, 16, 0));
	ASSERT_EQ(0, lua_hook(self->pair.fd, SS_LUA_HOOK_RECEIVE, ""));
	EXPECT_EQ(-ECONNREFUSED, try_recv(self->pair.fd, buf, 1, MSG_OOB));
	EXPECT_EQ(0, lua_poll(self->pair.fd, POLLPRI, 0));
}

TEST_F(lua, refused_urgent_data_cannot_be_read_in_line)
{
	char buf[16];
	int one = 1;

	ASSERT_EQ(0, lua_judge(self->pair.fd, "return false"));
	ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_SOCKET, SO_OOBINLINE, &one,
				sizeof(one)));
	send_urgent(_metadata, self->pair.peer);
	EXPECT_EQ(-ECONNREFUSED, try_recv(self->pair.fd, buf, 16, 0));
	EXPECT_GT(0, try_recv(self->pair.fd, buf, 1, MSG_OOB));
}

TEST_F(lua, held_back_urgent_data_cannot_be_read_yet)
{
	char buf[16];

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "if size < 8 then return true, 0 end\n"
			       "return true"));
	send_urgent(_metadata, self->pair.peer);
	EXPECT_EQ(-EAGAIN, try_recv(self->pair.fd, buf, 1, MSG_OOB));
	EXPECT_EQ(0, lua_poll(self->pair.fd, POLLPRI, 0));

	ASSERT_EQ(0, lua_puts(self->pair.peer, "gh"));
	EXPECT_EQ(1, lua_poll(self->pair.fd, POLLIN, LUA_PATIENCE_MS));
	EXPECT_EQ(1, lua_poll(self->pair.fd, POLLPRI, LUA_PATIENCE_MS));
	EXPECT_EQ(1, try_recv(self->pair.fd, buf, 1, MSG_OOB));
	EXPECT_EQ('d', buf[0]);
}

TEST_F(lua, urgent_data_after_the_passed_part_cannot_be_read)
{
	char buf[16] = "";

	ASSERT_EQ(0, lua_judge(self->pair.fd, "calls = (calls or 0) + 1\n"
			       "return true, calls == 1 and 2 or 0"));
	send_urgent(_metadata, self->pair.peer);
	EXPECT_EQ(-EAGAIN, try_recv(self->pair.fd, buf, 1, MSG_OOB));
	EXPECT_EQ(2, try_recv(self->pair.fd, buf, 16, 0));
	EXPECT_STREQ("ab", buf);
	EXPECT_EQ(-EAGAIN, try_recv(self->pair.fd, buf, 1, MSG_OOB));
}

TEST_F(lua, replaced_urgent_data_cannot_be_read)
{
	char buf[16] = "";

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "if size < 6 then return true, 0 end\n"
			       "return true, 'xyz'"));
	send_urgent(_metadata, self->pair.peer);
	EXPECT_GT(0, try_recv(self->pair.fd, buf, 1, MSG_OOB));
	EXPECT_EQ(0, lua_poll(self->pair.fd, POLLPRI, 0));
	EXPECT_EQ(3, try_recv(self->pair.fd, buf, 16, 0));
	EXPECT_STREQ("xyz", buf);
	EXPECT_GT(0, try_recv(self->pair.fd, buf, 1, MSG_OOB));
}

/* What comes before it has not been read yet, and all that follows needs no script. */
TEST_F(lua, dropped_urgent_data_cannot_be_read_before_the_rest_passes)
{
	char buf[16] = "";

	ASSERT_EQ(0, lua_judge(self->pair.fd, "calls = (calls or 0) + 1\n"
			       "if calls == 1 then return true, 3 end\n"
			       "pass() return drop, 1"));
	send_urgent(_metadata, self->pair.peer);
	EXPECT_GT(0, try_recv(self->pair.fd, buf, 1, MSG_OOB));
	EXPECT_EQ(0, lua_poll(self->pair.fd, POLLPRI, 0));
	EXPECT_EQ(3, try_recv(self->pair.fd, buf, 16, 0));
	EXPECT_STREQ("abc", buf);
	EXPECT_GT(0, try_recv(self->pair.fd, buf, 1, MSG_OOB));
}

TEST_F(lua, urgent_data_is_read_as_it_was_written)
{
	char buf[16] = "";

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "if size < 6 then return true, 0 end\n"
			       "data:layout{ d = { 24, 8 } }.d = 88\n"
			       "pass(5) return true, 1"));
	send_urgent(_metadata, self->pair.peer);
	EXPECT_EQ(1, lua_poll(self->pair.fd, POLLIN, LUA_PATIENCE_MS));
	EXPECT_EQ(1, try_recv(self->pair.fd, buf, 1, MSG_OOB));
	EXPECT_EQ('X', buf[0]);
}

TEST_F(lua, an_urgent_byte_alone_is_judged)
{
	char buf[16];

	ASSERT_EQ(0, lua_judge(self->pair.fd,
			       "if tostring(data) == 'd' then return false end\n"
			       "return true"));
	ASSERT_EQ(1, send(self->pair.peer, "d", 1, MSG_OOB));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_EQ(-ECONNREFUSED, try_recv(self->pair.fd, buf, 1, MSG_OOB));
	EXPECT_EQ(-ECONNREFUSED, try_recv(self->pair.fd, buf, 1, 0));
}

TEST_HARNESS_MAIN
