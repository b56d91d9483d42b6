// SPDX-License-Identifier: GPL-2.0
/*
 * What an application sends: every way to write, with every verdict, and what
 * becomes of bytes that the script holds back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "lua_families.h"
#include "lua_fault.h"
#include "lua_uring.h"

#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY	0x4000000
#endif
#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY	60
#endif
#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN	0x20000000
#endif

static int hook(int fd, const char *name)
{
	struct ss_lua_hook hook = { .hook = SS_LUA_HOOK_SEND };

	strncpy(hook.name, name, sizeof(hook.name) - 1);
	return setsockopt(fd, SOL_LUA, SS_LUA_HOOK, &hook, sizeof(hook)) ?
	       -errno : 0;
}

/* "function send(data, size, nonblock) BODY end" judges what @fd sends. */
static int judge_sent(int fd, const char *body)
{
	char *script;
	int err;

	if (asprintf(&script, "function send(data, size, nonblock) %s end",
		     body) < 0)
		return -ENOMEM;
	err = lua_attach(fd);
	if (!err || err == -EEXIST)
		err = lua_load(fd, script) ?: hook(fd, "send");
	free(script);
	return err;
}

#define SENT_BY(body) do {						\
	lua_pair_close(&self->pair);					\
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));	\
	ASSERT_EQ(0, judge_sent(self->pair.fd, body)) {			\
		TH_LOG("%s", lua_error(self->pair.fd));			\
	}								\
} while (0)

/* What the peer gets now, without waiting longer than a while; or the error. */
static const char *got(struct lua_pair *pair)
{
	static char buf[4096];
	ssize_t n;

	if (!lua_poll(pair->peer, POLLIN, 2 * LUA_A_WHILE_MS))
		return "nothing";
	n = recv(pair->peer, buf, sizeof(buf) - 1, MSG_DONTWAIT);
	if (n < 0)
		return strerror(errno);
	buf[n] = '\0';
	return n ? buf : "the end";
}

/* One send, as a text: what came out at the peer, or why it was not sent. */
static const char *sent(struct lua_pair *pair, const char *text)
{
	ssize_t n = send(pair->fd, text, strlen(text), MSG_NOSIGNAL);

	if (n < 0)
		return strerror(errno);
	return n == (ssize_t)strlen(text) ? got(pair) : "part of it";
}

/* All that the peer reads to the end. */
static const char *rest(struct lua_pair *pair)
{
	static char buf[4096];
	size_t len = 0;
	ssize_t n;

	while ((n = read(pair->peer, buf + len, sizeof(buf) - 1 - len)) > 0)
		len += n;
	if (n < 0)
		return strerror(errno);
	buf[len] = '\0';
	return buf;
}

/* Ways to write: each sends all of it, and returns 0 or a negative errno. */
typedef int way_fn(int fd, char *bytes, size_t len);

static int result(ssize_t n, size_t len)
{
	return n < 0 ? -errno : (size_t)n == len ? 0 : -ENODATA;
}

static int by_write(int fd, char *bytes, size_t len)
{
	return result(write(fd, bytes, len), len);
}

static int by_send(int fd, char *bytes, size_t len)
{
	return result(send(fd, bytes, len, MSG_NOSIGNAL), len);
}

static int by_bytes(int fd, char *bytes, size_t len)
{
	return lua_put(fd, bytes, 1) ?: lua_put(fd, bytes + 1, 1) ?:
	       lua_put(fd, bytes + 2, len - 2);
}

static int by_writev(int fd, char *bytes, size_t len)
{
	struct iovec iov[] = { { bytes, 3 }, { bytes + 3, 0 },
			       { bytes + 3, len - 3 } };

	return result(writev(fd, iov, 3), len);
}

static int by_sendmsg(int fd, char *bytes, size_t len)
{
	struct iovec iov[] = { { bytes, len / 2 },
			       { bytes + len / 2, len - len / 2 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	return result(sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_EOR), len);
}

static int by_sendmmsg(int fd, char *bytes, size_t len)
{
	struct iovec iov[] = { { bytes, len / 2 },
			       { bytes + len / 2, len - len / 2 } };
	struct mmsghdr msgs[] = {
		{ .msg_hdr = { .msg_iov = iov, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = iov + 1, .msg_iovlen = 1 } },
	};

	return result(sendmmsg(fd, msgs, 2, MSG_NOSIGNAL), 2);
}

static int by_sendfile(int fd, char *bytes, size_t len)
{
	int file = memfd_create("bytes", 0);
	int err = result(write(file, bytes, len), len);
	off_t from = 0;

	err = err ?: result(sendfile(fd, file, &from, len), len);
	close(file);
	return err;
}

static int by_splice(int fd, char *bytes, size_t len)
{
	int pipes[2], err;

	if (pipe(pipes))
		return -errno;
	err = result(write(pipes[1], bytes, len), len) ?:
	      result(splice(pipes[0], NULL, fd, NULL, len, 0), len);
	close(pipes[0]);
	close(pipes[1]);
	return err;
}

static int by_vmsplice(int fd, char *bytes, size_t len)
{
	struct iovec iov = { bytes, len };
	int pipes[2], err;

	if (pipe(pipes))
		return -errno;
	err = result(vmsplice(pipes[1], &iov, 1, 0), len) ?:
	      result(splice(pipes[0], NULL, fd, NULL, len, SPLICE_F_MORE), len);
	close(pipes[0]);
	close(pipes[1]);
	return err;
}

/* The completion comes on the error queue; says that the bytes were copied. */
static int completion(int fd, __u32 *last)
{
	char control[128];
	struct msghdr msg = { .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct sock_extended_err *err;
	struct cmsghdr *cmsg;

	if (lua_poll(fd, POLLERR, LUA_PATIENCE_MS) != 1)
		return -ETIMEDOUT;
	if (recvmsg(fd, &msg, MSG_ERRQUEUE) < 0)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg)
		return -ENOMSG;
	err = (struct sock_extended_err *)CMSG_DATA(cmsg);
	if (err->ee_origin != SO_EE_ORIGIN_ZEROCOPY ||
	    err->ee_code != SO_EE_CODE_ZEROCOPY_COPIED)
		return -EBADMSG;
	*last = err->ee_data;
	return 0;
}

static int by_zerocopy(int fd, char *bytes, size_t len)
{
	int one = 1, err;
	__u32 last = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		return -errno;
	err = result(send(fd, bytes, len, MSG_NOSIGNAL | MSG_ZEROCOPY), len);
	/* It may be used again at once. */
	if (!err)
		memset(bytes, 'X', len);
	err = err ?: completion(fd, &last);
	return err ?: last ? -ERANGE : 0;
}

static int by_msg_more(int fd, char *bytes, size_t len)
{
	return result(send(fd, bytes, 5, MSG_NOSIGNAL | MSG_MORE), 5) ?:
	       result(send(fd, bytes + 5, len - 5, MSG_NOSIGNAL), len - 5);
}

static int cork(int fd, int on)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)) ? -errno : 0;
}

static int by_corked_writes(int fd, char *bytes, size_t len)
{
	return cork(fd, 1) ?: lua_put(fd, bytes, 4) ?:
	       lua_put(fd, bytes + 4, len - 4) ?: cork(fd, 0);
}

static int by_polling(int fd, char *bytes, size_t len)
{
	while (len) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n < 0 && lua_poll(fd, POLLOUT, LUA_PATIENCE_MS) != 1)
			return -ETIMEDOUT;
		if (n < 0)
			continue;
		bytes += n;
		len -= n;
	}
	return 0;
}

/* io_uring */

static int by_uring_send(int fd, char *bytes, size_t len)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SEND,
		.fd = fd,
		.addr = (uintptr_t)bytes,
		.len = len,
	};
	static struct lua_uring ring;
	struct io_uring_cqe cqe;
	int err = 0;

	if (!ring.sqes)
		err = lua_uring_open(&ring, 0);
	err = err ?: lua_uring_submit(&ring, &sqe) ?: lua_uring_wait(&ring, &cqe);
	if (err || cqe.res < 0)
		return err ?: cqe.res;
	return (size_t)cqe.res == len ? 0 : -ENODATA;
}

/* The second completion says that the buffer may be used again. */
static int by_uring_send_zc(int fd, char *bytes, size_t len)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SEND_ZC,
		.ioprio = IORING_SEND_ZC_REPORT_USAGE,
		.fd = fd,
		.addr = (uintptr_t)bytes,
		.len = len,
	};
	static struct lua_uring ring;
	struct io_uring_cqe cqe, notice;
	int err = 0;

	if (!ring.sqes)
		err = lua_uring_open(&ring, 0);
	err = err ?: lua_uring_submit(&ring, &sqe) ?: lua_uring_wait(&ring, &cqe);
	if (!err && cqe.flags & IORING_CQE_F_MORE)
		err = lua_uring_wait(&ring, &notice);
	if (err || cqe.res < 0)
		return err ?: cqe.res;
	memset(bytes, 'X', len);
	return notice.flags & IORING_CQE_F_NOTIF &&
	       (size_t)cqe.res == len ? 0 : -ENODATA;
}

/* Of as many short buffers as are there; it may take several completions. */
static int send_bundle(struct lua_uring *ring, int fd, size_t len)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SEND,
		.flags = IOSQE_BUFFER_SELECT,
		.ioprio = IORING_RECVSEND_BUNDLE,
		.fd = fd,
		.buf_group = LUA_URING_GROUP,
	};
	struct io_uring_cqe cqe = { .flags = IORING_CQE_F_MORE };
	size_t sent = 0;
	int err = lua_uring_submit(ring, &sqe);

	while (!err && sent < len && cqe.flags & IORING_CQE_F_MORE) {
		err = lua_uring_wait(ring, &cqe) ?: cqe.res < 0 ? cqe.res : 0;
		if (!err)
			sent += cqe.res;
	}
	return err ?: sent == len ? 0 : -ENODATA;
}

static int by_uring_bundle(int fd, char *bytes, size_t len)
{
	static struct lua_uring ring;
	int err = 0;

	if (!lua_uring_has_bundles())
		return by_uring_send(fd, bytes, len);
	if (!ring.sqes)
		err = lua_uring_open(&ring, 0);
	err = err ?: lua_uring_provide_bytes(&ring, 5, bytes, len);
	if (err)
		return err;
	err = send_bundle(&ring, fd, len);
	lua_uring_withdraw(&ring);
	return err;
}

#define WAY(name) { #name, name }

static const struct {
	const char *name;
	way_fn *write;
} ways[] = {
	WAY(by_write), WAY(by_send), WAY(by_bytes), WAY(by_writev),
	WAY(by_sendmsg), WAY(by_sendmmsg), WAY(by_sendfile), WAY(by_splice),
	WAY(by_vmsplice), WAY(by_zerocopy), WAY(by_msg_more),
	WAY(by_corked_writes), WAY(by_polling), WAY(by_uring_send),
	WAY(by_uring_bundle), WAY(by_uring_send_zc),
};

#define SENT	"card 4111-1111, cvc 123"

/* What comes out does not depend on how the bytes are cut. */
static const struct {
	const char *body;
	const char *comes;
	int err;
} verdicts[] = {
	{ "return true", SENT },
	{ "return pass()", SENT },
	{ "pass(3) return true", SENT },
	{ "return true, 1", SENT },
	{ "return true, data", SENT },
	{ "return true, data:segment(0, size)", SENT },
	{ "return true, tostring(data):upper()", "CARD 4111-1111, CVC 123" },
	{ "return true, (tostring(data):gsub('%d', '##'))",
	  "card ########-########, cvc ######" },
	{ "return true, 1, tostring(data:segment(0, 1)):upper() .. '.'",
	  "C.A.R.D. .4.1.1.1.-.1.1.1.1.,. .C.V.C. .1.2.3." },
	{ "return true, math.min(size, 2), ''", "" },
	{ "if not first then first = true return true, 0, 'my ' end return true",
	  "my " SENT },
	{ "return true, ''", "" },
	{ "return drop", "" },
	{ "local n = #tostring(data):match('^%d*')\n"
	  "if n > 0 then return drop, n end\n"
	  "return true, #tostring(data):match('^%D+')", "card -, cvc " },
	{ "while size < 23 do size = more() end return true, tostring(data):reverse()",
	  "321 cvc ,1111-1114 drac" },
	{ "if size < 23 then return true, 0 end return true", SENT },
	{ "return false", "", -ECONNREFUSED },
	{ "error('no')", "", -EIO },
	{ "return 7", "", -EIO },
	{ "return true, require('shared').script()", "", -EIO },
	{ "return true, 1, require('shared').script()", "", -EIO },
};

TEST_F(lua, the_peer_gets_what_the_script_says_whatever_the_way)
{
	unsigned int w, v;

	signal(SIGPIPE, SIG_IGN);
	for (v = 0; v < ARRAY_SIZE(verdicts); v++) {
		for (w = 0; w < ARRAY_SIZE(ways); w++) {
			char bytes[] = SENT;

			SENT_BY(verdicts[v].body);
			EXPECT_EQ(verdicts[v].err,
				  ways[w].write(self->pair.fd, bytes, strlen(SENT))) {
				TH_LOG("%s: %s: %s", ways[w].name, verdicts[v].body,
				       lua_error(self->pair.fd));
			}
			ASSERT_EQ(0, shutdown(self->pair.fd, SHUT_WR));
			EXPECT_STREQ(verdicts[v].comes, rest(&self->pair)) {
				TH_LOG("%s: %s", ways[w].name, verdicts[v].body);
			}
		}
	}
}

TEST_F(lua, a_refusal_lasts_and_says_why)
{
	SENT_BY("if size > 3 then return false, 'too long' end return true");
	EXPECT_STREQ("abc", sent(&self->pair, "abc"));
	EXPECT_STREQ(strerror(ECONNREFUSED), sent(&self->pair, "abcd"));
	EXPECT_STREQ("too long", lua_error(self->pair.fd));
	EXPECT_STREQ(strerror(ECONNREFUSED), sent(&self->pair, "abc"));
	EXPECT_STREQ("nothing", got(&self->pair));
	/* The other direction is none of its business. */
	ASSERT_EQ(0, lua_puts(self->pair.peer, "hello"));
	EXPECT_TRUE(lua_readable(self->pair.fd));
}

TEST_F(lua, what_went_before_a_refusal_counts_as_sent)
{
	SENT_BY("if tostring(data):find('^ok') then return true, 2 end return false");
	EXPECT_EQ(4, send(self->pair.fd, "okokno", 6, MSG_NOSIGNAL));
	EXPECT_STREQ("okok", got(&self->pair));
	EXPECT_EQ(-1, send(self->pair.fd, "no", 2, MSG_NOSIGNAL));
	EXPECT_EQ(ECONNREFUSED, errno);
}

TEST_F(lua, an_error_fails_closed)
{
	SENT_BY("\nerror('oops')");
	EXPECT_STREQ(strerror(EIO), sent(&self->pair, "abc"));
	EXPECT_STREQ("script:2: oops", lua_error(self->pair.fd));
	EXPECT_STREQ(strerror(EIO), sent(&self->pair, "abc"));
	EXPECT_STREQ("nothing", got(&self->pair));
}

/* It cannot be seen in either part. */
TEST_F(lua, a_card_number_cut_in_two_is_hidden)
{
	SENT_BY("local s = tostring(data)\n"
		"while s:find('%d$') do more() s = tostring(data) end\n"
		"return true, (s:gsub('%d%d%d%d+', '****'))");
	EXPECT_STREQ("nothing", sent(&self->pair, "card 41"));
	EXPECT_STREQ("nothing", sent(&self->pair, "11111"));
	EXPECT_STREQ("card ****, ok", sent(&self->pair, "11, ok"));
	EXPECT_STREQ("a", sent(&self->pair, "a"));
}

TEST_F(lua, held_bytes_are_judged_at_shutdown_and_go_before_its_end)
{
	SENT_BY("local n, ended = more(100)\n"
		"return true, tostring(data) .. n .. tostring(ended)");
	EXPECT_STREQ("nothing", sent(&self->pair, "abc"));
	ASSERT_EQ(0, shutdown(self->pair.fd, SHUT_WR));
	EXPECT_STREQ("abc3true", rest(&self->pair));
	EXPECT_STREQ(strerror(EPIPE), sent(&self->pair, "x"));
}

TEST_F(lua, held_bytes_are_judged_at_close)
{
	SENT_BY("local n, ended = more(100)\n"
		"return true, tostring(data) .. n .. tostring(ended)");
	EXPECT_STREQ("nothing", sent(&self->pair, "abc"));
	close(self->pair.fd);
	self->pair.fd = -1;
	EXPECT_STREQ("abc3true", rest(&self->pair));
}

TEST_F(lua, what_is_not_judged_at_the_end_is_not_sent)
{
	long unjudged = lua_counter("LuaSentUnjudgedBytes");

	SENT_BY("if size > 2 then return true, size - 2 end return true, 0");
	EXPECT_STREQ("abc", sent(&self->pair, "abcde"));
	ASSERT_EQ(0, shutdown(self->pair.fd, SHUT_WR));
	EXPECT_STREQ("", rest(&self->pair));
	EXPECT_EQ(unjudged + 2, lua_counter("LuaSentUnjudgedBytes"));
	EXPECT_STREQ("the stream ended with bytes not judged",
		     lua_error(self->pair.fd));
}

TEST_F(lua, held_bytes_count_as_not_delivered)
{
	int left;

	SENT_BY("more(2) return true");
	EXPECT_STREQ("nothing", sent(&self->pair, "abc"));
	ASSERT_EQ(0, ioctl(self->pair.fd, SIOCOUTQ, &left));
	EXPECT_EQ(3, left);
	EXPECT_STREQ("abcde", sent(&self->pair, "de"));
	EXPECT_EQ(0, lua_arrived(self->pair.fd));
}

TEST_F(lua, a_new_script_judges_what_the_old_one_held)
{
	SENT_BY("more(100) return true");
	EXPECT_STREQ("nothing", sent(&self->pair, "abc"));
	ASSERT_EQ(0, judge_sent(self->pair.fd, "return true, 'new ' .. size"));
	EXPECT_STREQ("new 3", got(&self->pair));
}

TEST_F(lua, without_a_hook_what_was_held_goes)
{
	SENT_BY("more(100) return true");
	EXPECT_STREQ("nothing", sent(&self->pair, "abc"));
	ASSERT_EQ(0, hook(self->pair.fd, ""));
	EXPECT_STREQ("abc", got(&self->pair));
	EXPECT_STREQ("def", sent(&self->pair, "def"));
}

TEST_F(lua, the_receive_hook_is_another_matter)
{
	ASSERT_EQ(0, lua_script(self->pair.fd,
				"function process(d) more() return true, 'r' .. #d end\n"
				"function send(d) more() return true, 's' .. #d end"));
	ASSERT_EQ(0, hook(self->pair.fd, "send"));
	EXPECT_STREQ("nothing", sent(&self->pair, "a"));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "xx"));
	EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
	EXPECT_STREQ("s2", sent(&self->pair, "b"));
	EXPECT_TRUE(lua_stays_unreadable(self->pair.fd));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_TRUE(lua_readable(self->pair.fd));
	ASSERT_EQ(0, lua_entry(self->pair.fd, "process"));
	EXPECT_STREQ("nothing", sent(&self->pair, "c"));
	ASSERT_EQ(0, lua_entry(self->pair.fd, "process"));
	EXPECT_STREQ("s2", sent(&self->pair, "d"));
}

TEST_F(lua, an_accepted_connection_is_judged_from_its_first_byte)
{
	ASSERT_EQ(0, judge_sent(self->listener, "return true, tostring(data):upper()"));
	lua_pair_close(&self->pair);
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	EXPECT_STREQ("ABC", sent(&self->pair, "abc"));
}

TEST_F(lua, after_pass_the_script_is_not_called_any_more)
{
	long calls;

	SENT_BY("if tostring(data) == 'go' then return pass() end return true");
	EXPECT_STREQ("a", sent(&self->pair, "a"));
	EXPECT_STREQ("go", sent(&self->pair, "go"));
	calls = lua_counter("LuaCalls");
	EXPECT_STREQ("b", sent(&self->pair, "b"));
	EXPECT_EQ(calls, lua_counter("LuaCalls"));
	ASSERT_EQ(0, judge_sent(self->pair.fd, "return true, 'judged'"));
	EXPECT_STREQ("judged", sent(&self->pair, "c"));
}

TEST_F(lua, the_script_knows_whether_the_application_waits)
{
	SENT_BY("return true, tostring(nonblock)");
	EXPECT_STREQ("false", sent(&self->pair, "a"));
	ASSERT_EQ(1, send(self->pair.fd, "a", 1, MSG_DONTWAIT));
	EXPECT_STREQ("true", got(&self->pair));
}

TEST_F(lua, nothing_to_send_is_not_shown)
{
	long calls;

	SENT_BY("return false");
	calls = lua_counter("LuaCalls");
	EXPECT_EQ(0, send(self->pair.fd, "", 0, 0));
	EXPECT_EQ(calls, lua_counter("LuaCalls"));
	EXPECT_EQ(-1, send(self->pair.fd, NULL, 5, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(calls, lua_counter("LuaCalls"));
}

static int small_buffer(int fd)
{
	int bytes = 4096;

	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)) ?
	       -errno : 0;
}

/* An acknowledgment may be put off for 200 ms, and makes room. */
#define ACKNOWLEDGED_MS 500

/* Until the buffer is full, and stays so; returns the bytes that were taken. */
static long fill(int fd)
{
	char bytes[1000] = "";
	long total = 0;
	ssize_t n;

	do {
		while ((n = send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
			total += n;
		if (errno != EAGAIN)
			return -errno;
	} while (lua_poll(fd, POLLOUT, ACKNOWLEDGED_MS) > 0);
	return total;
}

static long drain(int fd, long len)
{
	static char bytes[65536];
	long total = 0;
	ssize_t n;

	while (total < len && (n = read(fd, bytes, sizeof(bytes))) > 0)
		total += n;
	return total;
}

TEST_F(lua, a_full_buffer_is_noticed_before_anything_is_judged)
{
	long total, calls;

	SENT_BY("return true");
	ASSERT_EQ(0, small_buffer(self->pair.fd));
	total = fill(self->pair.fd);
	ASSERT_LT(0, total);
	calls = lua_counter("LuaCalls");
	EXPECT_EQ(-1, send(self->pair.fd, "a", 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(calls, lua_counter("LuaCalls"));
	EXPECT_EQ(0, lua_poll(self->pair.fd, POLLOUT, LUA_A_WHILE_MS));
	EXPECT_EQ(total, drain(self->pair.peer, total));
	EXPECT_EQ(1, lua_poll(self->pair.fd, POLLOUT, LUA_PATIENCE_MS));
}

TEST_F(lua, a_replacement_longer_than_the_buffer_goes_without_a_further_call)
{
	const long len = 2000000 / 16;

	SENT_BY("return true, ('x'):rep(2000000 // 16)");
	ASSERT_EQ(0, small_buffer(self->pair.fd));
	ASSERT_EQ(1, send(self->pair.fd, "a", 1, MSG_DONTWAIT));
	EXPECT_EQ(len, drain(self->pair.peer, len));
	EXPECT_EQ(1, lua_poll(self->pair.fd, POLLOUT, LUA_PATIENCE_MS));
	EXPECT_STREQ("nothing", got(&self->pair));
}

TEST_F(lua, held_bytes_that_exceed_the_buffer_go_at_once)
{
	char bytes[2000];
	int i;

	memset(bytes, 'y', sizeof(bytes));
	SENT_BY("more(98000) return true");
	ASSERT_EQ(0, small_buffer(self->pair.fd));
	for (i = 0; i < 50; i++)
		ASSERT_EQ(sizeof(bytes), send(self->pair.fd, bytes, sizeof(bytes),
					      MSG_DONTWAIT));
	EXPECT_EQ(100000, drain(self->pair.peer, 100000));
}

TEST_F(lua, what_a_script_may_hold_back_is_limited)
{
	char bytes[100000] = "";
	int i, err = 0;

	SENT_BY("more(2000000000) return true");
	for (i = 0; i < 1000 && !err; i++)
		err = lua_put(self->pair.fd, bytes, sizeof(bytes));
	EXPECT_EQ(-EIO, err);
	EXPECT_LT(10, i);
	EXPECT_NE(NULL, strstr(lua_error(self->pair.fd), "holds back"));
}

/* A large transfer: every byte depends on its place. */
#define TRANSFER	(4 << 20)
/* A small buffer waits for an acknowledgment, which the peer delays, again and again. */
#define SMALL_TRANSFER	(TRANSFER / 64)

static char at(long i)
{
	return 'a' + (i * 7 + (i >> 12)) % 23;
}

static int send_transfer(int fd, long len)
{
	static char bytes[300000];
	long i = 0, n;

	while (i < len) {
		for (n = 0; n < (long)sizeof(bytes) && i + n < len; n++)
			bytes[n] = at(i + n);
		if (lua_put(fd, bytes, n))
			return -errno;
		i += n;
	}
	return shutdown(fd, SHUT_WR) ? -errno : 0;
}

/* Returns how many bytes are right. */
static long check_transfer(int fd, int (*change)(int c))
{
	static char bytes[70000];
	long total = 0;
	ssize_t n, i;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		for (i = 0; i < n; i++, total++)
			if (bytes[i] != change(at(total)))
				return -total;
	}
	return n < 0 ? -errno : total;
}

static int same(int c)
{
	return c;
}

static int upper(int c)
{
	return c - 'a' + 'A';
}

static const struct {
	const char *body;
	int (*change)(int c);
	int corked;
	int small;
} transfers[] = {
	{ "return true", same },
	{ "return true", same, .small = 1 },
	{ "return true", same, .corked = 1, .small = 1 },
	{ "return true, (size + 1) // 2", same },
	{ "if size < 100000 then more(100000 - size) end return true", same },
	{ "if size < 5000 then size = more(5000 - size) end\n"
	  "return true, size > 4999 and 4999 or size", same, .small = 1 },
	{ "return true, tostring(data):upper()", upper },
	{ "return true, tostring(data):upper()", upper, .small = 1 },
	{ "local n = (size + 1) // 2\n"
	  "return true, n, tostring(data:segment(0, n)):upper()", upper },
	{ "local n = (size + 1) // 2\n"
	  "return true, n, tostring(data:segment(0, n)):upper()", upper, .small = 1 },
	{ "pass(1000) return true, 1", same },
	{ "n = (n or 0) + 1 if n == 5 then return pass() end return true", same },
};

TEST_F(lua, a_large_transfer_arrives_whole)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(transfers); i++) {
		const long len = transfers[i].small ? SMALL_TRANSFER : TRANSFER;
		int status;
		pid_t pid;

		SENT_BY(transfers[i].body);
		if (transfers[i].corked)
			ASSERT_EQ(0, cork(self->pair.fd, 1));
		if (transfers[i].small)
			ASSERT_EQ(0, small_buffer(self->pair.fd));
		pid = fork();
		if (!pid)
			_exit(send_transfer(self->pair.fd, len) ? 1 : 0);
		EXPECT_EQ(len, check_transfer(self->pair.peer,
					      transfers[i].change)) {
			TH_LOG("%s: %s", transfers[i].body,
			       lua_error(self->pair.fd));
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, status);
	}
}

/* They share a buffer, which grows beyond the first one's length. */
TEST_F(lua, small_sends_that_are_held_go_together)
{
	static const int sizes[] = { 1, 100, 1000, 1800, 1200, 899 };
	char bytes[5000], seen[5000];
	unsigned int i, from = 0;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i % 251;
	SENT_BY("if size < 5000 then more(5000 - size) end return true");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(sizes[i], send(self->pair.fd, bytes + from, sizes[i], 0));
		from += sizes[i];
	}
	ASSERT_EQ(sizeof(bytes), from);
	ASSERT_EQ(from, recv(self->pair.peer, seen, from, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(bytes, seen, from));
	SENT_BY("if size < 3000 then more(3000 - size) end return true");
	ASSERT_EQ(1800, send(self->pair.fd, bytes, 1800, 0));
	ASSERT_EQ(1200, send(self->pair.fd, bytes + 1800, 1200, 0));
	ASSERT_EQ(3000, recv(self->pair.peer, seen, 3000, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(bytes, seen, 3000));
}

static const char * const changing[] = {
	"return true", "return true, (size + 1) // 2", "more(1000) return true",
	"return pass()", "pass(5000) return true", "return true, tostring(data)",
};

/* Whoever judges: nothing is lost, or sent twice, or out of order. */
TEST_F(lua, scripts_may_change_while_bytes_are_sent)
{
	unsigned int i;
	int status;
	pid_t pids[2];

	SENT_BY("more(5000) return true");
	ASSERT_EQ(0, small_buffer(self->pair.fd));
	pids[0] = fork();
	if (!pids[0])
		_exit(send_transfer(self->pair.fd, SMALL_TRANSFER) ? 1 : 0);
	pids[1] = fork();
	if (!pids[1]) {
		for (i = 0; i < 300; i++) {
			if (i % 8 == 7 ? hook(self->pair.fd, "") :
			    judge_sent(self->pair.fd,
				       changing[i % ARRAY_SIZE(changing)]))
				_exit(1);
		}
		_exit(0);
	}
	EXPECT_EQ(SMALL_TRANSFER, check_transfer(self->pair.peer, same));
	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_EQ(0, status);
	}
}

#define THREADS	6
#define RECORDS	300
#define RECORD	20

static void *send_records(void *arg)
{
	int fd = ((int *)arg)[0], me = ((int *)arg)[1];
	char record[RECORD + 1];
	int i;

	for (i = 0; i < RECORDS; i++) {
		snprintf(record, sizeof(record), "%04d:%014d\n", me, i);
		if (lua_put(fd, record, RECORD))
			return "failed";
	}
	return NULL;
}

/* Small writes of several threads are never mixed, and each thread's are in order. */
TEST_F(lua, several_threads_may_send)
{
	int arg[THREADS][2], next[THREADS] = { };
	char record[RECORD + 1] = "";
	pthread_t threads[THREADS];
	void *failed;
	int i, me, n, fields;

	SENT_BY("if size > 400 then return true, 20 end\n"
		"if size < 60 then more(1) end return true");
	ASSERT_EQ(0, small_buffer(self->pair.fd));
	for (i = 0; i < THREADS; i++) {
		arg[i][0] = self->pair.fd;
		arg[i][1] = i;
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, send_records, arg[i]));
	}
	/* An odd number of them leaves one record with the script. */
	for (i = 0; i < THREADS * RECORDS; i++) {
		ASSERT_EQ(RECORD, recv(self->pair.peer, record, RECORD, MSG_WAITALL));
		fields = sscanf(record, "%d:%d\n", &me, &n);
		ASSERT_EQ(2, fields);
		ASSERT_EQ(next[me]++, n);
	}
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &failed));
		EXPECT_EQ(NULL, failed);
	}
}

TEST_F(lua, the_urgent_byte_is_judged)
{
	char c = 0;

	SENT_BY("return true, tostring(data):upper()");
	ASSERT_EQ(3, send(self->pair.fd, "abc", 3, MSG_OOB));
	ASSERT_EQ(1, lua_poll(self->pair.peer, POLLPRI, LUA_PATIENCE_MS));
	EXPECT_EQ(1, recv(self->pair.peer, &c, 1, MSG_OOB));
	EXPECT_EQ('C', c);
	EXPECT_STREQ("AB", got(&self->pair));

	SENT_BY("return true, 1, '<' .. tostring(data:segment(0, 1)) .. '>'");
	ASSERT_EQ(3, send(self->pair.fd, "abc", 3, MSG_OOB));
	ASSERT_EQ(1, lua_poll(self->pair.peer, POLLPRI, LUA_PATIENCE_MS));
	EXPECT_EQ(1, recv(self->pair.peer, &c, 1, MSG_OOB));
	EXPECT_EQ('>', c);
	EXPECT_STREQ("<a><b><c", got(&self->pair));

	SENT_BY("return drop");
	ASSERT_EQ(3, send(self->pair.fd, "abc", 3, MSG_OOB));
	EXPECT_EQ(0, lua_poll(self->pair.peer, POLLPRI | POLLIN, LUA_A_WHILE_MS));

	SENT_BY("more(1) return true");
	ASSERT_EQ(3, send(self->pair.fd, "abc", 3, MSG_OOB));
	ASSERT_EQ(2, send(self->pair.fd, "de", 2, 0));
	ASSERT_EQ(1, lua_poll(self->pair.peer, POLLPRI, LUA_PATIENCE_MS));
	EXPECT_EQ(1, recv(self->pair.peer, &c, 1, MSG_OOB));
	EXPECT_EQ('c', c);
}

TEST_F(lua, zerocopy_completes_whatever_the_verdict)
{
	static const char * const bodies[] = {
		"return true", "return drop", "more(100000) return true",
		"return true, 'x'",
	};
	char bytes[3000] = "";
	int one = 1;
	__u32 last;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bodies); i++) {
		SENT_BY(bodies[i]);
		ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_SOCKET, SO_ZEROCOPY, &one,
					sizeof(one)));
		for (int k = 0; k < 2; k++) {
			ASSERT_EQ(sizeof(bytes), send(self->pair.fd, bytes,
						      sizeof(bytes), MSG_ZEROCOPY));
			EXPECT_EQ(0, completion(self->pair.fd, &last));
			EXPECT_EQ(k, last);
		}
	}
	/* And does not for what was not sent. */
	SENT_BY("return false");
	ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_SOCKET, SO_ZEROCOPY, &one,
				sizeof(one)));
	EXPECT_EQ(-1, send(self->pair.fd, bytes, sizeof(bytes), MSG_ZEROCOPY));
	EXPECT_EQ(0, lua_poll(self->pair.fd, POLLERR, LUA_A_WHILE_MS));
}

/* Returns how many there are, and the byte that the last one is about. */
static int timestamps(int fd, __u32 *last)
{
	char control[256];
	int n;

	for (n = 0; ; n++) {
		struct msghdr msg = { .msg_control = control,
				      .msg_controllen = sizeof(control) };
		struct cmsghdr *cmsg;

		if (lua_poll(fd, POLLERR, 10 * LUA_A_WHILE_MS) != 1)
			return n;
		if (recvmsg(fd, &msg, MSG_ERRQUEUE) < 0)
			return -errno;
		for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
			struct sock_extended_err *err = (void *)CMSG_DATA(cmsg);

			if (cmsg->cmsg_level != SOL_SOCKET)
				*last = err->ee_data;
		}
	}
}

/* As without a script: one call, one time stamp, for its last byte. */
TEST_F(lua, a_large_send_has_one_timestamp)
{
	static const char * const bodies[] = {
		"return pass()", "return true", "return true, (size + 1) // 2",
	};
	int flags = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
		    SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
	static char bytes[200000];
	unsigned int i;
	__u32 last = 0;
	int status;
	pid_t pid;

	for (i = 0; i < ARRAY_SIZE(bodies); i++) {
		SENT_BY(bodies[i]);
		ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_SOCKET, SO_TIMESTAMPING,
					&flags, sizeof(flags)));
		pid = fork();
		if (!pid)
			_exit(drain(self->pair.peer, sizeof(bytes)) != sizeof(bytes));
		ASSERT_EQ(sizeof(bytes), send(self->pair.fd, bytes, sizeof(bytes), 0));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, status);
		EXPECT_EQ(1, timestamps(self->pair.fd, &last)) {
			TH_LOG("%s", bodies[i]);
		}
		EXPECT_EQ(sizeof(bytes) - 1, last);
	}
}

static int pipes_seen;

static void count_pipe(int sig)
{
	pipes_seen++;
}

TEST_F(lua, a_broken_pipe_is_one)
{
	SENT_BY("return true");
	signal(SIGPIPE, count_pipe);
	ASSERT_EQ(0, shutdown(self->pair.fd, SHUT_WR));
	EXPECT_EQ(-1, send(self->pair.fd, "a", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(0, pipes_seen);
	EXPECT_EQ(-1, send(self->pair.fd, "a", 1, 0));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(1, pipes_seen);
}

TEST_F(lua, a_reset_is_reported_once)
{
	const struct linger at_once = { .l_onoff = 1 };

	SENT_BY("more(100) return true");
	EXPECT_STREQ("nothing", sent(&self->pair, "abc"));
	ASSERT_EQ(0, setsockopt(self->pair.peer, SOL_SOCKET, SO_LINGER, &at_once,
				sizeof(at_once)));
	close(self->pair.peer);
	self->pair.peer = -1;
	EXPECT_EQ(1, lua_poll(self->pair.fd, POLLIN, LUA_PATIENCE_MS));
	EXPECT_EQ(-1, send(self->pair.fd, "abc", 3, MSG_NOSIGNAL));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(-1, send(self->pair.fd, "abc", 3, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
}

TEST_F(lua, a_disconnect_forgets_what_was_held)
{
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	SENT_BY("more(2) return true");
	EXPECT_STREQ("nothing", sent(&self->pair, "abc"));
	ASSERT_EQ(0, connect(self->pair.fd, &nowhere, sizeof(nowhere)));
	EXPECT_EQ(-1, send(self->pair.fd, "abc", 3, MSG_NOSIGNAL));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(-1, send(self->pair.fd, "abc", 3, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);

	ASSERT_EQ(0, getsockname(self->listener, (struct sockaddr *)&addr, &len));
	ASSERT_EQ(0, connect(self->pair.fd, (struct sockaddr *)&addr, len));
	close(self->pair.peer);
	self->pair.peer = lua_accept(self->listener);
	ASSERT_LE(0, self->pair.peer);
	EXPECT_STREQ("nothing", sent(&self->pair, "de"));
	EXPECT_STREQ("defg", sent(&self->pair, "fg"));
}

static int fast_open(int listener, int fd, const char *text)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	if (getsockname(listener, (struct sockaddr *)&addr, &len))
		return -errno;
	return result(sendto(fd, text, strlen(text), MSG_FASTOPEN | MSG_NOSIGNAL,
			     (struct sockaddr *)&addr, len), strlen(text));
}

/* The first connection asks for a cookie, the second one has it. */
TEST_F(lua, fast_open_does_not_go_past_the_script)
{
	int queue = 5, i;

	if (unshare(CLONE_NEWNET) || system("ip link set lo up 2>/dev/null"))
		SKIP(return, "no network namespace");
	close(self->listener);
	self->listener = lua_listen(variant->family);
	ASSERT_EQ(0, lua_write_file("/proc/sys/net/ipv4/tcp_fastopen", "3"));
	ASSERT_EQ(0, setsockopt(self->listener, IPPROTO_TCP, TCP_FASTOPEN, &queue,
				sizeof(queue)));
	for (i = 0; i < 3; i++) {
		lua_pair_close(&self->pair);
		self->pair.fd = lua_socket(variant->family);
		ASSERT_EQ(0, judge_sent(self->pair.fd,
					"return true, tostring(data):upper()"));
		ASSERT_EQ(0, fast_open(self->listener, self->pair.fd, "abc"));
		self->pair.peer = lua_accept(self->listener);
		EXPECT_STREQ("ABC", got(&self->pair));
	}
	lua_pair_close(&self->pair);
	self->pair.fd = lua_socket(variant->family);
	ASSERT_EQ(0, judge_sent(self->pair.fd, "return false"));
	EXPECT_EQ(-ECONNREFUSED, fast_open(self->listener, self->pair.fd, "abc"));
	self->pair.peer = lua_accept(self->listener);
	EXPECT_STREQ("nothing", got(&self->pair));
}

static const char * const under_failures[] = {
	"return true",
	"return true, tostring(data):rep(2):sub(1, size)",
	"if size < 8000 then size = more(8000 - size) end return true",
};

/* What a call says it has sent arrives, unless the script has failed. */
TEST_F(lua, a_failing_allocation_loses_nothing_in_silence)
{
	static char bytes[7000];
	unsigned int i;
	int n, fired = 1;

	if (!lua_can_fail())
		SKIP(return, "no fault injection");
	memset(bytes, 'z', sizeof(bytes));
	for (i = 0; i < ARRAY_SIZE(under_failures); i++) {
		for (n = 1, fired = 1; fired && n < 500; n++) {
			long first, second, total, came;
			int err = 0;

			SENT_BY(under_failures[i]);
			lua_fail_nth(n);
			first = send(self->pair.fd, bytes, sizeof(bytes),
				     MSG_NOSIGNAL | MSG_DONTWAIT);
			if (first < 0)
				err = errno;
			second = send(self->pair.fd, bytes, 1000,
				      MSG_NOSIGNAL | MSG_DONTWAIT);
			if (second < 0)
				err = errno;
			fired = !lua_fail_nth(0);
			ASSERT_EQ(0, shutdown(self->pair.fd, SHUT_WR));
			total = (first > 0 ? first : 0) + (second > 0 ? second : 0);
			came = drain(self->pair.peer, 8001);
			EXPECT_TRUE(came == total || (err == EIO && came < total)) {
				TH_LOG("%d: %ld and %ld sent, %ld came: %s", n,
				       first, second, came, strerror(err));
			}
		}
		EXPECT_LT(5, n);
		EXPECT_GT(500, n);
	}
}

#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define FCLONES		"/sys/kernel/slab/skbuff_fclone_cache/failslab"

/* For this task there are no heads of TCP's buffers. */
static int no_heads(const char *on)
{
	return lua_write_file(FCLONES, on) ?:
	       lua_write_file(FAILSLAB "cache-filter", "Y") ?:
	       lua_write_file(FAILSLAB "task-filter", "Y") ?:
	       lua_write_file(FAILSLAB "times", "-1") ?:
	       lua_write_file(FAILSLAB "verbose", "0") ?:
	       lua_write_file(FAILSLAB "probability", on[0] == '1' ? "100" : "0") ?:
	       lua_write_file("/proc/thread-self/make-it-fail", on);
}

TEST_F(lua, what_was_judged_without_memory_goes_later)
{
	SENT_BY("return true, 'judged'");
	if (!lua_can_fail() || no_heads("1"))
		SKIP(return, "no fault injection");
	/* A sender that may wait would do so until there is memory. */
	EXPECT_EQ(3, send(self->pair.fd, "abc", 3, MSG_DONTWAIT));
	EXPECT_STREQ("nothing", got(&self->pair));
	ASSERT_EQ(0, no_heads("0"));
	EXPECT_STREQ("judgedjudged", sent(&self->pair, "def"));
}

TEST_F(lua, a_stream_that_is_not_whole_has_no_regular_end)
{
	SENT_BY("return true");
	if (!lua_can_fail() || no_heads("1"))
		SKIP(return, "no fault injection");
	EXPECT_EQ(3, send(self->pair.fd, "abc", 3, MSG_DONTWAIT));
	EXPECT_EQ(0, shutdown(self->pair.fd, SHUT_WR));
	EXPECT_STREQ("nothing", got(&self->pair));
	close(self->pair.fd);
	self->pair.fd = -1;
	EXPECT_EQ(0, no_heads("0"));
	EXPECT_STREQ(strerror(ECONNRESET), got(&self->pair));
}

TEST_F(lua, a_sender_that_waits_can_be_killed)
{
	int status;
	pid_t pid;

	SENT_BY("return true");
	ASSERT_EQ(0, small_buffer(self->pair.fd));
	pid = fork();
	if (!pid) {
		send_transfer(self->pair.fd, TRANSFER);
		_exit(0);
	}
	usleep(20 * LUA_A_WHILE_MS * 1000);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	/* The script may have some more judged; what was taken is in order. */
	ASSERT_EQ(0, shutdown(self->pair.fd, SHUT_WR));
	EXPECT_LT(0, check_transfer(self->pair.peer, same));
}

TEST_HARNESS_MAIN
