// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "kselftest.h"
#include "lua_uring.h"
#include "lua_ways.h"

static ssize_t wrong(void)
{
	errno = EBADMSG;
	return -1;
}

static ssize_t by_read(int fd, char *buf, size_t len)
{
	return read(fd, buf, len);
}

static ssize_t by_one_byte(int fd, char *buf, size_t len)
{
	return recv(fd, buf, len > 24 ? len : 1, 0);
}

static ssize_t by_recvfrom(int fd, char *buf, size_t len)
{
	struct sockaddr_storage addr;
	socklen_t addrlen = sizeof(addr);

	return recvfrom(fd, buf, len, 0, (struct sockaddr *)&addr, &addrlen);
}

/* In three parts of odd sizes. */
static void cut(struct iovec *iov, char *buf, size_t len)
{
	size_t a = len / 5, b = len / 3;

	iov[0] = (struct iovec){ buf, a };
	iov[1] = (struct iovec){ buf + a, b };
	iov[2] = (struct iovec){ buf + a + b, len - a - b };
}

static ssize_t by_readv(int fd, char *buf, size_t len)
{
	struct iovec iov[3];

	cut(iov, buf, len);
	return readv(fd, iov, 3);
}

static ssize_t by_recvmsg(int fd, char *buf, size_t len)
{
	struct msghdr msg = { .msg_iovlen = 3 };
	struct iovec iov[3];

	cut(iov, buf, len);
	msg.msg_iov = iov;
	return recvmsg(fd, &msg, 0);
}

/* Messages may come back short: close the holes. */
static ssize_t by_recvmmsg(int fd, char *buf, size_t len)
{
	struct mmsghdr msgs[3] = {};
	struct iovec iov[3];
	ssize_t got = 0;
	int i, n;

	cut(iov, buf, len);
	for (i = 0; i < 3; i++) {
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(fd, msgs, 3, MSG_WAITFORONE, NULL);
	for (i = 0; i < n; i++) {
		memmove(buf + got, iov[i].iov_base, msgs[i].msg_len);
		got += msgs[i].msg_len;
	}
	return n < 0 ? n : got;
}

/* What was peeked at is there to be read, the same again. */
static ssize_t take_peeked(int fd, const char *peeked, size_t len)
{
	static char taken[8192];
	size_t got = 0;

	while (got < len) {
		ssize_t n = recv(fd, taken + got, len - got, MSG_DONTWAIT);

		if (n <= 0)
			return wrong();
		got += n;
	}
	return memcmp(peeked, taken, len) ? wrong() : (ssize_t)len;
}

static ssize_t by_peek(int fd, char *buf, size_t len)
{
	ssize_t n = recv(fd, buf, len, MSG_PEEK);

	return n > 0 ? take_peeked(fd, buf, n) : n;
}

static void set_peek_off(int fd, int off)
{
	setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof(off));
}

/* Two peeks, one after the other, and then both are read. */
static ssize_t by_peek_off(int fd, char *buf, size_t len)
{
	ssize_t n, m;

	set_peek_off(fd, 0);
	n = recv(fd, buf, (len + 1) / 2, MSG_PEEK);
	if (n > 0) {
		m = recv(fd, buf + n, len - n, MSG_PEEK | MSG_DONTWAIT);
		n = take_peeked(fd, buf, n + (m > 0 ? m : 0));
	}
	set_peek_off(fd, -1);
	return n;
}

static ssize_t by_peek_waitall(int fd, char *buf, size_t len)
{
	ssize_t n = recv(fd, buf, len, MSG_PEEK | MSG_WAITALL);

	return n > 0 ? take_peeked(fd, buf, n) : n;
}

/* Thrown away, but counted: peeking tells what it was. */
static ssize_t by_trunc(int fd, char *buf, size_t len)
{
	ssize_t n = recv(fd, buf, len, MSG_PEEK);
	ssize_t got = 0;

	while (n > 0 && got < n) {
		ssize_t m = recv(fd, NULL, n - got, MSG_TRUNC | MSG_DONTWAIT);

		if (m <= 0)
			return wrong();
		got += m;
	}
	return n;
}

/* Short only if no more will come. */
static ssize_t by_waitall(int fd, char *buf, size_t len)
{
	ssize_t n = recv(fd, buf, len, MSG_WAITALL);
	char more;

	if (n > 0 && (size_t)n < len && recv(fd, &more, 1, MSG_PEEK) > 0)
		return wrong();
	return n;
}

/* poll() has promised it. */
static ssize_t by_poll(int fd, char *buf, size_t len)
{
	if (!lua_readable(fd)) {
		errno = ETIMEDOUT;
		return -1;
	}
	return recv(fd, buf, len, MSG_DONTWAIT);
}

/* select() has promised it. */
static ssize_t by_select(int fd, char *buf, size_t len)
{
	struct timeval patience = { .tv_sec = LUA_PATIENCE_MS / 1000 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	if (select(fd + 1, &set, NULL, NULL, &patience) != 1) {
		errno = ETIMEDOUT;
		return -1;
	}
	return recv(fd, buf, len, MSG_DONTWAIT);
}

/* @epfd watches @fd alone; a closed socket leaves it by itself. */
static int epoll_of(int *epfd, int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events };

	if (*epfd < 0)
		*epfd = epoll_create1(0);
	if (epoll_ctl(*epfd, EPOLL_CTL_ADD, fd, &ev) && errno != EEXIST)
		return -1;
	return *epfd;
}

static ssize_t by_epoll(int fd, char *buf, size_t len)
{
	static int epfd = -1;
	struct epoll_event ev;

	if (epoll_wait(epoll_of(&epfd, fd, EPOLLIN), &ev, 1,
		       LUA_PATIENCE_MS) != 1) {
		errno = ETIMEDOUT;
		return -1;
	}
	return recv(fd, buf, len, MSG_DONTWAIT);
}

/* Until there is no more; then an event must tell when there is. */
static ssize_t by_epoll_edge(int fd, char *buf, size_t len)
{
	static int epfd = -1;
	struct epoll_event ev;
	ssize_t n;

	epoll_of(&epfd, fd, EPOLLIN | EPOLLET);
	for (;;) {
		n = recv(fd, buf, len, MSG_DONTWAIT);
		if (n >= 0 || errno != EAGAIN)
			return n;
		if (epoll_wait(epfd, &ev, 1, LUA_PATIENCE_MS) != 1) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

/* As epoll(7) allows, and as nginx does: after a read that got less than it asked
 * for, an event must tell of more, unless one has told of the end.
 */
static ssize_t by_epoll_edge_short(int fd, char *buf, size_t len)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET };
	static bool drained, ended;
	static int epfd = -1;
	ssize_t n;

	if (epfd < 0)
		epfd = epoll_create1(0);
	if (!epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev)) {
		drained = true;
		ended = false;
	}
	for (;;) {
		if (drained && !ended &&
		    epoll_wait(epfd, &ev, 1, LUA_PATIENCE_MS / 10) != 1) {
			errno = ETIMEDOUT;
			return -1;
		}
		ended |= drained && ev.events & EPOLLRDHUP;
		n = recv(fd, buf, len, MSG_DONTWAIT);
		drained = n < (ssize_t)len;
		if (n >= 0 || errno != EAGAIN)
			break;
	}
	/* an end or an error stays */
	ended |= n <= 0;
	return n;
}

/* An end or an error, and no byte before it. */
static ssize_t nothing_but_the_end(int fd)
{
	char c;
	ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);

	return n > 0 ? wrong() : n;
}

/* SIOCINQ: so many bytes are there, at once. */
static ssize_t by_siocinq(int fd, char *buf, size_t len)
{
	ssize_t got;
	int n;

	if (!lua_readable(fd) || ioctl(fd, SIOCINQ, &n))
		return wrong();
	if (!n)
		return nothing_but_the_end(fd);
	if (len > (size_t)n)
		len = n;
	got = recv(fd, buf, len, MSG_DONTWAIT);
	return got < 0 || got == (ssize_t)len ? got : wrong();
}

/* TCP_INQ: so many more are there. */
static ssize_t by_tcp_inq(int fd, char *buf, size_t len)
{
	char control[CMSG_SPACE(sizeof(int))], more[64];
	struct iovec iov = { buf, len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	ssize_t n, got;
	int one = 1, inq;

	setsockopt(fd, IPPROTO_TCP, TCP_INQ, &one, sizeof(one));
	n = recvmsg(fd, &msg, 0);
	if (n <= 0)
		return n;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_level != IPPROTO_TCP ||
	    cmsg->cmsg_type != TCP_CM_INQ)
		return wrong();
	memcpy(&inq, CMSG_DATA(cmsg), sizeof(inq));
	if (inq <= 0)
		return inq ? wrong() : n;
	if (inq > (int)sizeof(more))
		inq = sizeof(more);
	got = recv(fd, more, inq, MSG_PEEK | MSG_DONTWAIT);
	/* 1 can also mean that the end, or an error, is to be read. */
	return got == inq || (inq == 1 && (!got || errno != EAGAIN)) ?
	       n : wrong();
}

static int *a_pipe(int ends[2])
{
	if (ends[0] < 0 && pipe(ends))
		return NULL;
	return ends;
}

/* All of so many bytes, which are there. */
static ssize_t drain(int fd, char *buf, ssize_t len)
{
	ssize_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, buf + got, len - got);

		if (n <= 0)
			return wrong();
		got += n;
	}
	return len;
}

static ssize_t splice_with(int fd, char *buf, size_t len, unsigned int flags)
{
	static int ends[2] = { -1, -1 };
	ssize_t n;

	if (!a_pipe(ends))
		return wrong();
	n = splice(fd, NULL, ends[1], NULL, len, flags);
	return n > 0 ? drain(ends[0], buf, n) : n;
}

static ssize_t by_splice(int fd, char *buf, size_t len)
{
	return splice_with(fd, buf, len, 0);
}

static ssize_t by_splice_nonblock(int fd, char *buf, size_t len)
{
	if (!lua_readable(fd)) {
		errno = ETIMEDOUT;
		return -1;
	}
	return splice_with(fd, buf, len, SPLICE_F_NONBLOCK);
}

/* To a pipe, and a copy of that to another. */
static ssize_t by_tee(int fd, char *buf, size_t len)
{
	static int one[2] = { -1, -1 }, two[2] = { -1, -1 };
	static char twin[8192];
	ssize_t n;

	if (!a_pipe(one) || !a_pipe(two))
		return wrong();
	n = splice(fd, NULL, one[1], NULL, len, 0);
	if (n <= 0)
		return n;
	if (tee(one[0], two[1], n, 0) != n || drain(one[0], buf, n) < 0 ||
	    drain(two[0], twin, n) < 0)
		return wrong();
	return memcmp(buf, twin, n) ? wrong() : n;
}

/* To a pipe, and from there to a file. */
static ssize_t by_splice_to_file(int fd, char *buf, size_t len)
{
	static int ends[2] = { -1, -1 };
	static int file = -1;
	loff_t to = 0;
	ssize_t n;

	if (file < 0)
		file = memfd_create("spliced", 0);
	if (!a_pipe(ends) || file < 0)
		return wrong();
	n = splice(fd, NULL, ends[1], NULL, len, 0);
	if (n <= 0)
		return n;
	if (splice(ends[0], NULL, file, &to, n, 0) != n)
		return wrong();
	return pread(file, buf, n, 0) == n ? n : wrong();
}

static ssize_t by_sendfile(int fd, char *buf, size_t len)
{
	static int ends[2] = { -1, -1 };
	ssize_t n;

	if (!a_pipe(ends))
		return wrong();
	n = sendfile(ends[1], fd, NULL, len);
	return n > 0 ? drain(ends[0], buf, n) : n;
}

#define MAP_LEN 65536

static ssize_t zerocopy(int fd, char *buf, size_t len, bool copybuf)
{
	struct tcp_zerocopy_receive zc = {};
	socklen_t zclen = sizeof(zc);
	ssize_t n;
	void *map;

	if (!lua_readable(fd)) {
		errno = ETIMEDOUT;
		return -1;
	}
	map = mmap(NULL, MAP_LEN, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return wrong();
	zc.address = (uintptr_t)map;
	zc.length = len;
	if (copybuf) {
		zc.copybuf_address = (uintptr_t)buf;
		zc.copybuf_len = len;
	}
	n = getsockopt(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &zc, &zclen);
	if (n) {
		/* At the end of the stream, too. */
		n = nothing_but_the_end(fd);
		goto out;
	}
	if (zc.copybuf_len > 0) {
		n = zc.copybuf_len;
		/* Mapped bytes are before those. */
		if (n + zc.length > len)
			n = wrong();
		else if (zc.length)
			memmove(buf + zc.length, buf, n);
	}
	if (n >= 0) {
		memcpy(buf, map, zc.length);
		n += zc.length;
	}
	if (!n) {
		size_t hint = zc.recv_skip_hint;

		n = recv(fd, buf, hint && hint < len ? hint : len, MSG_DONTWAIT);
	}
out:
	munmap(map, MAP_LEN);
	return n;
}

static ssize_t by_zerocopy(int fd, char *buf, size_t len)
{
	return zerocopy(fd, buf, len, false);
}

static ssize_t by_zerocopy_copybuf(int fd, char *buf, size_t len)
{
	return zerocopy(fd, buf, len, true);
}

/* io_uring. Nothing there waits for SO_RCVTIMEO, so it is cancelled if nothing
 * comes.
 */
#define REQUEST 1

/* One request; the answer is in @cqe. */
static int uring_request(struct lua_uring *ring, struct io_uring_sqe *sqe,
			 struct io_uring_cqe *cqe)
{
	int err;

	sqe->user_data = REQUEST;
	err = lua_uring_submit(ring, sqe);
	if (err)
		return err;
	err = lua_uring_wait(ring, cqe);
	if (err)
		lua_uring_cancel(ring, REQUEST);
	return err;
}

static ssize_t uring_result(int res)
{
	if (res < 0) {
		errno = -res;
		return -1;
	}
	return res;
}

static ssize_t uring_read(struct lua_uring *ring, unsigned int setup, int fd,
			  struct io_uring_sqe sqe)
{
	struct io_uring_cqe cqe;

	if (!ring->sqes && lua_uring_open(ring, setup))
		return wrong();
	sqe.fd = fd;
	if (uring_request(ring, &sqe, &cqe))
		return wrong();
	return uring_result(cqe.res);
}

static ssize_t by_uring_read(int fd, char *buf, size_t len)
{
	static struct lua_uring ring;

	return uring_read(&ring, 0, fd, (struct io_uring_sqe) {
		.opcode = IORING_OP_READ,
		.addr = (uintptr_t)buf,
		.len = len,
	});
}

static ssize_t uring_recv(struct lua_uring *ring, unsigned int setup, int fd,
			  struct io_uring_sqe sqe, char *buf, size_t len)
{
	sqe.opcode = IORING_OP_RECV;
	sqe.addr = (uintptr_t)buf;
	sqe.len = len;
	return uring_read(ring, setup, fd, sqe);
}

static ssize_t by_uring_recv(int fd, char *buf, size_t len)
{
	static struct lua_uring ring;

	return uring_recv(&ring, 0, fd, (struct io_uring_sqe) {}, buf, len);
}

static ssize_t by_uring_recvmsg(int fd, char *buf, size_t len)
{
	struct msghdr msg = { .msg_iovlen = 3 };
	static struct lua_uring ring;
	struct iovec iov[3];

	cut(iov, buf, len);
	msg.msg_iov = iov;
	return uring_read(&ring, 0, fd, (struct io_uring_sqe) {
		.opcode = IORING_OP_RECVMSG,
		.addr = (uintptr_t)&msg,
		.len = 1,
	});
}

static ssize_t by_uring_poll_first(int fd, char *buf, size_t len)
{
	static struct lua_uring ring;

	return uring_recv(&ring, 0, fd, (struct io_uring_sqe) {
		.ioprio = IORING_RECVSEND_POLL_FIRST,
	}, buf, len);
}

/* A worker thread of the kernel reads, and waits. */
static ssize_t by_uring_worker(int fd, char *buf, size_t len)
{
	static struct lua_uring ring;

	return uring_recv(&ring, 0, fd, (struct io_uring_sqe) {
		.flags = IOSQE_ASYNC,
	}, buf, len);
}

/* A thread of the kernel that sees the request by itself reads. */
static ssize_t by_uring_sqpoll(int fd, char *buf, size_t len)
{
	static struct lua_uring ring;

	return uring_recv(&ring, IORING_SETUP_SQPOLL, fd, (struct io_uring_sqe) {}, buf, len);
}

static int uring_with_buffers(struct lua_uring *ring, size_t buffer_len)
{
	if (ring->sqes)
		return 0;
	return lua_uring_open(ring, 0) ?: lua_uring_provide(ring, buffer_len);
}

/* The kernel chooses the buffer. */
static ssize_t by_uring_buffer(int fd, char *buf, size_t len)
{
	static struct lua_uring ring;
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_RECV,
		.flags = IOSQE_BUFFER_SELECT,
		.fd = fd,
		.len = len < LUA_URING_BUFFER_LEN ? len : LUA_URING_BUFFER_LEN,
		.buf_group = LUA_URING_GROUP,
	};
	struct io_uring_cqe cqe;

	if (uring_with_buffers(&ring, LUA_URING_BUFFER_LEN) ||
	    uring_request(&ring, &sqe, &cqe))
		return wrong();
	lua_uring_take(&ring, &cqe, buf);
	return uring_result(cqe.res);
}

/**
 * struct multishot - what a request has brought that goes on, or takes all it can
 * @ring: where
 * @len: bytes in @bytes
 * @read: bytes of those that have been read
 * @res: how it ended
 * @bytes: received
 */
struct multishot {
	struct lua_uring ring;
	size_t len;
	size_t read;
	int res;
	char bytes[LUA_URING_BUFFERS * LUA_URING_BUFFER_LEN];
};

/* Take one completion. Returns false if it was the request's last. */
static bool multishot_take(struct multishot *ms, const struct io_uring_cqe *cqe)
{
	if (cqe->user_data != REQUEST)
		return true;
	lua_uring_take(&ms->ring, cqe, ms->bytes + ms->len);
	if (cqe->res > 0)
		ms->len += cqe->res;
	if (cqe->flags & IORING_CQE_F_MORE)
		return true;
	ms->res = cqe->res;
	return false;
}

/* Wait for the first bytes, cancel the request, and take what came until it
 * ended: later reads must not find it at work.
 */
static int multishot_receive(struct multishot *ms, int fd, unsigned short how,
			     size_t buffer_len)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_RECV,
		.flags = IOSQE_BUFFER_SELECT,
		.ioprio = how,
		.fd = fd,
		.buf_group = LUA_URING_GROUP,
	};
	struct io_uring_cqe cqe;
	bool goes_on, cancelled = false;
	int err;

	ms->len = 0;
	ms->read = 0;
	err = uring_with_buffers(&ms->ring, buffer_len) ?:
	      uring_request(&ms->ring, &sqe, &cqe);
	if (err)
		return err;
	goes_on = multishot_take(ms, &cqe);
	if (!goes_on)
		return 0;
	err = lua_uring_cancel(&ms->ring, REQUEST);
	while (!err && (goes_on || !cancelled)) {
		err = lua_uring_wait(&ms->ring, &cqe);
		if (err)
			return err;
		if (cqe.user_data == REQUEST)
			goes_on = multishot_take(ms, &cqe);
		else
			cancelled = true;
	}
	return err;
}

static ssize_t multishot_read(struct multishot *ms, int fd, unsigned short how,
			      size_t buffer_len, char *buf, size_t len)
{
	if (ms->read == ms->len) {
		if (multishot_receive(ms, fd, how, buffer_len))
			return wrong();
		if (!ms->len)
			return uring_result(ms->res);
	}
	if (len > ms->len - ms->read)
		len = ms->len - ms->read;
	memcpy(buf, ms->bytes + ms->read, len);
	ms->read += len;
	return len;
}

static ssize_t by_uring_multishot(int fd, char *buf, size_t len)
{
	static struct multishot ms;

	return multishot_read(&ms, fd, IORING_RECV_MULTISHOT, LUA_URING_BUFFER_LEN,
			      buf, len);
}

/* So short that a read takes several, which is what a bundle is for */
#define BUNDLED_LEN	5

static ssize_t by_uring_bundle(int fd, char *buf, size_t len)
{
	static struct multishot ms;

	return multishot_read(&ms, fd, IORING_RECVSEND_BUNDLE, BUNDLED_LEN, buf, len);
}

static ssize_t by_uring_multishot_bundle(int fd, char *buf, size_t len)
{
	static struct multishot ms;

	return multishot_read(&ms, fd, IORING_RECV_MULTISHOT | IORING_RECVSEND_BUNDLE,
			      BUNDLED_LEN, buf, len);
}

const struct lua_way lua_ways[] = {
	{ "read", by_read },
	{ "one byte", by_one_byte },
	{ "recvfrom", by_recvfrom },
	{ "readv", by_readv },
	{ "recvmsg", by_recvmsg },
	{ "recvmmsg", by_recvmmsg },
	{ "MSG_PEEK", by_peek },
	{ "SO_PEEK_OFF", by_peek_off },
	{ "MSG_PEEK | MSG_WAITALL", by_peek_waitall },
	{ "MSG_TRUNC", by_trunc },
	{ "MSG_WAITALL", by_waitall },
	{ "poll", by_poll },
	{ "select", by_select },
	{ "epoll", by_epoll },
	{ "epoll, edge-triggered", by_epoll_edge },
	{ "epoll, edge-triggered, short reads", by_epoll_edge_short },
	{ "SIOCINQ", by_siocinq },
	{ "TCP_INQ", by_tcp_inq },
	{ "splice", by_splice },
	{ "splice, nonblocking", by_splice_nonblock },
	{ "tee", by_tee },
	{ "splice to a file", by_splice_to_file },
	{ "sendfile to a pipe", by_sendfile },
	{ "TCP_ZEROCOPY_RECEIVE", by_zerocopy },
	{ "TCP_ZEROCOPY_RECEIVE, copybuf", by_zerocopy_copybuf },
	{ "io_uring read", by_uring_read },
	{ "io_uring recv", by_uring_recv },
	{ "io_uring recvmsg", by_uring_recvmsg },
	{ "io_uring recv, poll first", by_uring_poll_first },
	{ "io_uring recv, worker", by_uring_worker },
	{ "io_uring recv, sqpoll", by_uring_sqpoll },
	{ "io_uring recv, provided buffers", by_uring_buffer },
	{ "io_uring recv, multishot", by_uring_multishot },
	{ "io_uring recv, bundle", by_uring_bundle },
	{ "io_uring recv, multishot bundle", by_uring_multishot_bundle },
};

/* The last ones, which not every kernel has */
#define BUNDLE_WAYS	2

unsigned int lua_num_ways(void)
{
	static unsigned int num;

	if (!num)
		num = ARRAY_SIZE(lua_ways) -
		      (lua_uring_has_bundles() ? 0 : BUNDLE_WAYS);
	return num;
}
