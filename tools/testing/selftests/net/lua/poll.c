// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for data, and asking how much there is: the answers are about what
 * the script has let through, not about what has arrived.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "lua_variants.h"

#define HOLD_UNTIL_8 "if size < 8 then return true, 0 end return true"

static ssize_t try_recv(int fd, char *buf, size_t len)
{
	ssize_t n = recv(fd, buf, len, MSG_DONTWAIT);

	return n < 0 ? -errno : n;
}

static int inq(int fd)
{
	int n;

	return ioctl(fd, SIOCINQ, &n) ? -errno : n;
}

static void limit_wait(struct __test_metadata *_metadata, int fd, int ms)
{
	struct timeval tv = { .tv_usec = ms * 1000 };

	ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
}

static int epoll_on(struct __test_metadata *_metadata, int fd,
		    unsigned int events)
{
	struct epoll_event ev = { .events = events };
	int epfd = epoll_create1(0);

	ASSERT_LE(0, epfd);
	ASSERT_EQ(0, epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev));
	return epfd;
}

static int epoll_events(int epfd, int timeout_ms)
{
	struct epoll_event ev = {};
	int n = epoll_wait(epfd, &ev, 1, timeout_ms);

	return n < 0 ? -errno : (int)ev.events;
}

TEST_F(lua, held_back_data_does_not_make_a_socket_readable)
{
	char buf[16];

	JUDGED_BY(HOLD_UNTIL_8);
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "1234", 4));
	EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
	EXPECT_EQ(0, inq(self->pair.fd));
	EXPECT_EQ(-EAGAIN, try_recv(self->pair.fd, buf, sizeof(buf)));

	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "5678", 4));
	EXPECT_TRUE(lua_readable(self->pair.fd));
	EXPECT_EQ(8, lua_poll(self->pair.fd, POLLIN, 0) ?
		     try_recv(self->pair.fd, buf, sizeof(buf)) : -ENODATA);
	EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
}

TEST_F(lua, select_knows_what_is_held_back)
{
	struct timeval while_tv = { .tv_usec = LUA_A_WHILE_MS * 1000 };
	struct timeval patience = { .tv_sec = LUA_PATIENCE_MS / 1000 };
	int fd;
	fd_set set;

	JUDGED_BY(HOLD_UNTIL_8);
	fd = self->pair.fd;
	FD_ZERO(&set);
	FD_SET(fd, &set);
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "1234", 4));
	EXPECT_EQ(0, select(fd + 1, &set, NULL, NULL, &while_tv));

	FD_SET(fd, &set);
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "5678", 4));
	EXPECT_EQ(1, select(fd + 1, &set, NULL, NULL, &patience));
}

TEST_F(lua, refused_data_makes_a_socket_readable)
{
	char buf[16];
	int i;

	JUDGED_BY("return false");
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "bad", 3));
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(lua_readable(self->pair.fd));
		EXPECT_EQ(0, inq(self->pair.fd));
		EXPECT_EQ(-ECONNREFUSED,
			  try_recv(self->pair.fd, buf, sizeof(buf)));
	}
}

TEST_F(lua, a_failed_script_makes_a_socket_readable)
{
	char buf[16];

	JUDGED_BY("error('no')");
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "any", 3));
	EXPECT_TRUE(lua_readable(self->pair.fd));
	EXPECT_EQ(-EIO, try_recv(self->pair.fd, buf, sizeof(buf)));
}

TEST_F(lua, data_replaced_by_nothing_does_not_make_a_socket_readable)
{
	char buf[16];

	JUDGED_BY("return true, ''");
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "1234", 4));
	EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
	EXPECT_EQ(-EAGAIN, try_recv(self->pair.fd, buf, sizeof(buf)));
	ASSERT_EQ(0, lua_send_end(&self->pair, variant->how, "5678", 4));
	EXPECT_TRUE(lua_readable(self->pair.fd));
}

TEST_F(lua, a_replacement_keeps_a_socket_readable_until_it_is_read)
{
	char buf[16];

	JUDGED_BY("return true, size >= 1 and 'abcdef' or ''");
	ASSERT_EQ(0, lua_send(&self->pair, LUA_ONE_SEGMENT, "x", 1));
	ASSERT_TRUE(lua_readable(self->pair.fd));
	EXPECT_EQ(6, inq(self->pair.fd));
	EXPECT_EQ(4, try_recv(self->pair.fd, buf, 4));
	EXPECT_EQ(1, lua_poll(self->pair.fd, POLLIN, 0));
	EXPECT_EQ(2, inq(self->pair.fd));
	EXPECT_EQ(2, try_recv(self->pair.fd, buf, 4));
	EXPECT_EQ(0, lua_poll(self->pair.fd, POLLIN, 0));
	EXPECT_EQ(0, inq(self->pair.fd));
}

TEST_F(lua, the_end_of_the_stream_is_an_event_of_its_own)
{
	char buf[16];

	JUDGED_BY("return true");
	ASSERT_EQ(0, shutdown(self->pair.peer, SHUT_WR));
	EXPECT_EQ(1, lua_poll(self->pair.fd, POLLRDHUP, LUA_PATIENCE_MS));
	EXPECT_EQ(1, lua_poll(self->pair.fd, POLLIN, 0));
	EXPECT_EQ(0, try_recv(self->pair.fd, buf, sizeof(buf)));
}

TEST_F(lua, held_back_data_is_refused_when_the_stream_ends)
{
	char buf[16];

	JUDGED_BY(HOLD_UNTIL_8);
	ASSERT_EQ(0, lua_send_end(&self->pair, variant->how, "1234", 4));
	EXPECT_TRUE(lua_readable(self->pair.fd));
	EXPECT_EQ(-ECONNREFUSED, recv(self->pair.fd, buf, 16, 0) < 0 ? -errno :
				 0);
}

TEST_F(lua, level_triggered_epoll_reports_passed_data_until_it_is_read)
{
	char buf[16];
	int epfd, i;

	JUDGED_BY(HOLD_UNTIL_8);
	epfd = epoll_on(_metadata, self->pair.fd, EPOLLIN);
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "1234", 4));
	EXPECT_EQ(0, epoll_events(epfd, LUA_A_WHILE_MS));
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "5678", 4));
	for (i = 0; i < 8; i += 2) {
		EXPECT_EQ(EPOLLIN, epoll_events(epfd, LUA_PATIENCE_MS));
		EXPECT_EQ(2, try_recv(self->pair.fd, buf, 2));
	}
	EXPECT_EQ(0, epoll_events(epfd, 0));
	close(epfd);
}

TEST_F(lua, edge_triggered_epoll_reports_each_arrival_that_passes)
{
	char buf[16];
	int epfd, i;

	JUDGED_BY(HOLD_UNTIL_8);
	epfd = epoll_on(_metadata, self->pair.fd, EPOLLIN | EPOLLET);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, lua_send(&self->pair, variant->how, "1234", 4));
		EXPECT_EQ(0, epoll_events(epfd, LUA_A_WHILE_MS));
		ASSERT_EQ(0, lua_send(&self->pair, variant->how, "5678", 4));
		EXPECT_EQ(EPOLLIN, epoll_events(epfd, LUA_PATIENCE_MS));
		EXPECT_EQ(0, epoll_events(epfd, 0));
		EXPECT_EQ(8, try_recv(self->pair.fd, buf, 16));
		EXPECT_EQ(-EAGAIN, try_recv(self->pair.fd, buf, 16));
	}
	close(epfd);
}

/* A read without copying ends before what is replaced or dropped, and nothing else
 * arrives.
 */
static const struct {
	const char *body, *sent, *rest;
} after_four[] = {
	{ "return true, size == 4 and 'wxyz' or 0", "aaaabbbb", "wxyz" },
	{ "if c == 'b' then return drop, 4 end return true", "aaaabbbbcccc", "cccc" },
};

static void check_zerocopy_tells(struct __test_metadata *_metadata, int fd,
				 const char *rest)
{
	char buf[16] = "";
	struct tcp_zerocopy_receive zc = {
		.copybuf_address = (uintptr_t)buf,
		.copybuf_len = sizeof(buf),
	};
	int epfd = epoll_on(_metadata, fd, EPOLLIN | EPOLLET);
	socklen_t len = sizeof(zc);

	EXPECT_EQ(EPOLLIN, epoll_events(epfd, LUA_PATIENCE_MS));
	ASSERT_EQ(0, getsockopt(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &zc, &len));
	EXPECT_EQ(4, zc.copybuf_len);
	EXPECT_STREQ("aaaa", buf);
	EXPECT_EQ(EPOLLIN, epoll_events(epfd, LUA_PATIENCE_MS));
	EXPECT_EQ(4, try_recv(fd, buf, sizeof(buf)));
	EXPECT_STREQ(rest, buf);
	close(epfd);
}

TEST_F(lua, edge_triggered_epoll_reports_what_a_zerocopy_read_left)
{
	char body[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(after_four); i++) {
		snprintf(body, sizeof(body),
			 "local c = data:sub(1, 1) if c == 'a' then return true, 4 end %s",
			 after_four[i].body);
		JUDGED_BY(body);
		ASSERT_EQ(0, lua_puts(self->pair.peer, after_four[i].sent));
		ASSERT_TRUE(lua_readable(self->pair.fd));
		check_zerocopy_tells(_metadata, self->pair.fd, after_four[i].rest);
	}
}

TEST_F(lua, a_blocked_epoll_wait_wakes_when_the_script_passes)
{
	int epfd;

	JUDGED_BY(HOLD_UNTIL_8);
	epfd = epoll_on(_metadata, self->pair.fd, EPOLLIN | EPOLLET);
	ASSERT_EQ(0, lua_send(&self->pair, LUA_LATE, "12345678", 8));
	EXPECT_EQ(EPOLLIN, epoll_events(epfd, LUA_PATIENCE_MS));
	close(epfd);
}

TEST_F(lua, the_low_water_mark_counts_what_has_passed)
{
	int lowat = 6;
	char buf[16];

	JUDGED_BY("return true, size - size % 4");
	ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_SOCKET, SO_RCVLOWAT, &lowat,
				sizeof(lowat)));
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "1234567", 7));
	EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
	/* A late peer may be later than that. */
	if (self->pair.sender > 0)
		waitpid(self->pair.sender, NULL, 0);
	self->pair.sender = 0;
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_EQ(0, lua_poll(self->pair.fd, POLLIN, 0));
	EXPECT_EQ(4, inq(self->pair.fd));
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "8", 1));
	EXPECT_TRUE(lua_readable(self->pair.fd));
	EXPECT_EQ(8, recv(self->pair.fd, buf, sizeof(buf), 0));
}

TEST_F(lua, a_blocking_read_waits_for_the_low_water_mark)
{
	int lowat = 8;
	char buf[16];

	JUDGED_BY("return true");
	ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_SOCKET, SO_RCVLOWAT, &lowat,
				sizeof(lowat)));
	ASSERT_EQ(0, lua_send(&self->pair, LUA_LATE, "12345678", 8));
	EXPECT_EQ(8, recv(self->pair.fd, buf, sizeof(buf), 0));
}

TEST_F(lua, a_read_of_held_back_data_times_out)
{
	struct timespec from, to;
	char buf[16];
	long ms;

	JUDGED_BY(HOLD_UNTIL_8);
	limit_wait(_metadata, self->pair.fd, 100);
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "1234", 4));
	clock_gettime(CLOCK_MONOTONIC, &from);
	EXPECT_EQ(-1, recv(self->pair.fd, buf, sizeof(buf), 0));
	EXPECT_EQ(EAGAIN, errno);
	clock_gettime(CLOCK_MONOTONIC, &to);
	ms = (to.tv_sec - from.tv_sec) * 1000 +
	     (to.tv_nsec - from.tv_nsec) / 1000000;
	EXPECT_LE(90, ms);

	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "5678", 4));
	ASSERT_TRUE(lua_readable(self->pair.fd));
	EXPECT_EQ(8, recv(self->pair.fd, buf, sizeof(buf), 0));
}

TEST_F(lua, a_read_of_everything_that_times_out_gives_what_has_passed)
{
	char buf[16];

	JUDGED_BY("return true, size - size % 4");
	limit_wait(_metadata, self->pair.fd, 300);
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, "123456", 6));
	EXPECT_EQ(4, recv(self->pair.fd, buf, 8, MSG_WAITALL));
}

static void on_signal(int sig)
{
}

/* A child that signals again and again, in case the first comes too early. */
static pid_t keep_signalling(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	pid_t pid, to = getpid();

	sigaction(SIGUSR1, &sa, NULL);
	pid = fork();
	if (pid)
		return pid;
	for (;;) {
		usleep(20000);
		kill(to, SIGUSR1);
	}
}

static void stop_signalling(pid_t pid)
{
	signal(SIGUSR1, SIG_IGN);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_F(lua, a_signal_interrupts_a_read_of_held_back_data)
{
	char buf[16];
	ssize_t n;
	pid_t pid;

	JUDGED_BY(HOLD_UNTIL_8);
	ASSERT_EQ(0, lua_send(&self->pair, LUA_ONE_SEGMENT, "1234", 4));
	limit_wait(_metadata, self->pair.fd, 0);
	pid = keep_signalling();
	n = recv(self->pair.fd, buf, sizeof(buf), 0);
	EXPECT_EQ(-EINTR, n < 0 ? -errno : n);
	stop_signalling(pid);

	ASSERT_EQ(0, lua_send(&self->pair, LUA_ONE_SEGMENT, "5678", 4));
	EXPECT_EQ(8, recv(self->pair.fd, buf, sizeof(buf), 0));
}

TEST_F(lua, a_signal_ends_a_read_of_everything_with_what_has_passed)
{
	char buf[16];
	pid_t pid;

	JUDGED_BY("return true, size - size % 4");
	ASSERT_EQ(0, lua_send(&self->pair, LUA_ONE_SEGMENT, "123456", 6));
	limit_wait(_metadata, self->pair.fd, 0);
	pid = keep_signalling();
	EXPECT_EQ(4, recv(self->pair.fd, buf, 8, MSG_WAITALL));
	stop_signalling(pid);
}

TEST_F(lua, asking_twice_does_not_judge_twice)
{
	char buf[64];
	ssize_t n;
	int i;

	JUDGED_BY("calls = (calls or 0) + 1\n"
		  "if size < 4 then return true, 0 end\n"
		  "return true, 'calls: ' .. calls");
	ASSERT_EQ(0, lua_send(&self->pair, LUA_ONE_SEGMENT, "12", 2));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(0, lua_poll(self->pair.fd, POLLIN, 0));
		EXPECT_EQ(0, inq(self->pair.fd));
		EXPECT_EQ(-EAGAIN, try_recv(self->pair.fd, buf, sizeof(buf)));
	}
	ASSERT_EQ(0, lua_send(&self->pair, LUA_ONE_SEGMENT, "34", 2));
	ASSERT_TRUE(lua_readable(self->pair.fd));
	n = try_recv(self->pair.fd, buf, sizeof(buf) - 1);
	ASSERT_LT(0, n);
	buf[n] = '\0';
	EXPECT_STREQ("calls: 2", buf);
}

/* Room to send is there or not, whatever the script says. */
TEST_F(lua, asking_for_room_does_not_judge)
{
	struct ss_lua_info info = {};
	socklen_t len = sizeof(info);

	JUDGED_BY("return true");
	ASSERT_EQ(0, lua_send(&self->pair, LUA_ONE_SEGMENT, "data", 4));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	EXPECT_EQ(1, lua_poll(self->pair.fd, POLLOUT, 0));
	ASSERT_EQ(0, getsockopt(self->pair.fd, SOL_LUA, SS_LUA_INFO, &info, &len));
	EXPECT_EQ(0, info.calls);
	EXPECT_EQ(1, lua_poll(self->pair.fd, POLLIN | POLLOUT, 0));
}

TEST_HARNESS_MAIN
