// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/time_types.h>

#include "lua_sock.h"
#include "lua_uring.h"

#define ENTRIES	32

static int enter(int fd, unsigned int submit, unsigned int wait,
		 unsigned int flags)
{
	struct __kernel_timespec ts = { .tv_sec = LUA_PATIENCE_MS / 1000 };
	struct io_uring_getevents_arg arg = { .ts = (uintptr_t)&ts };
	int n;

	if (wait)
		flags |= IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
	n = syscall(__NR_io_uring_enter, fd, submit, wait, flags,
		    wait ? &arg : NULL, wait ? sizeof(arg) : 0);
	return n < 0 ? -errno : n;
}

static void *map(int fd, size_t len, off_t offset)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, fd, offset);
}

/* Where the kernel says that its parts are */
static int find_parts(struct lua_uring *ring, const struct io_uring_params *p)
{
	size_t sq_len = p->sq_off.array + p->sq_entries * sizeof(int);
	size_t cq_len = p->cq_off.cqes + p->cq_entries * sizeof(*ring->cqes);
	size_t sqes_len = p->sq_entries * sizeof(*ring->sqes);
	char *sq = map(ring->fd, sq_len, IORING_OFF_SQ_RING);
	char *cq = map(ring->fd, cq_len, IORING_OFF_CQ_RING);

	ring->sqes = map(ring->fd, sqes_len, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || ring->sqes == MAP_FAILED)
		return -ENOMEM;
	ring->sq_tail = (unsigned int *)(sq + p->sq_off.tail);
	ring->sq_mask = (unsigned int *)(sq + p->sq_off.ring_mask);
	ring->sq_flags = (unsigned int *)(sq + p->sq_off.flags);
	ring->sq_array = (unsigned int *)(sq + p->sq_off.array);
	ring->cq_head = (unsigned int *)(cq + p->cq_off.head);
	ring->cq_tail = (unsigned int *)(cq + p->cq_off.tail);
	ring->cq_mask = (unsigned int *)(cq + p->cq_off.ring_mask);
	ring->cqes = (struct io_uring_cqe *)(cq + p->cq_off.cqes);
	return 0;
}

/* @flags are IORING_SETUP_* */
int lua_uring_open(struct lua_uring *ring, unsigned int flags)
{
	struct io_uring_params p = { .flags = flags, .sq_thread_idle = 1 };
	int err;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(__NR_io_uring_setup, ENTRIES, &p);
	if (ring->fd < 0)
		return -errno;
	ring->features = p.features;
	err = find_parts(ring, &p);
	if (err)
		close(ring->fd);
	return err;
}

int lua_uring_submit(struct lua_uring *ring, const struct io_uring_sqe *sqe)
{
	unsigned int tail = *ring->sq_tail;
	unsigned int slot = tail & *ring->sq_mask;
	unsigned int flags = 0;
	int n;

	ring->sqes[slot] = *sqe;
	ring->sq_array[slot] = slot;
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_SEQ_CST);
	/* The thread of IORING_SETUP_SQPOLL may have gone to sleep. */
	if (__atomic_load_n(ring->sq_flags, __ATOMIC_SEQ_CST) &
	    IORING_SQ_NEED_WAKEUP)
		flags = IORING_ENTER_SQ_WAKEUP;
	n = enter(ring->fd, 1, 0, flags);
	return n < 0 ? n : 0;
}

/* The next completion, or -ETIME */
int lua_uring_wait(struct lua_uring *ring, struct io_uring_cqe *cqe)
{
	unsigned int head = *ring->cq_head;

	while (head == __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE)) {
		int n = enter(ring->fd, 0, 1, 0);

		if (n < 0 && n != -EINTR)
			return n;
	}
	*cqe = ring->cqes[head & *ring->cq_mask];
	__atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
	return 0;
}

/* It completes as a request of its own, with 0 for its user_data. */
int lua_uring_cancel(struct lua_uring *ring, __u64 user_data)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_ASYNC_CANCEL,
		.fd = -1,
		.addr = user_data,
	};

	return lua_uring_submit(ring, &sqe);
}

bool lua_uring_has_bundles(void)
{
	static struct lua_uring ring;

	if (!ring.sqes && lua_uring_open(&ring, 0))
		return false;
	return ring.features & IORING_FEAT_RECVSEND_BUNDLE;
}

static char *buffer(const struct lua_uring *ring, unsigned int id)
{
	return ring->memory + id * ring->buffer_len;
}

/* The kernel takes them in the order in which they are added. */
static void add_buffer(struct lua_uring *ring, unsigned int id, size_t len)
{
	unsigned short tail = ring->bufs->tail;
	struct io_uring_buf *buf;

	buf = &ring->bufs->bufs[tail % LUA_URING_BUFFERS];
	buf->addr = (uintptr_t)buffer(ring, id);
	buf->len = len;
	buf->bid = id;
	__atomic_store_n(&ring->bufs->tail, tail + 1, __ATOMIC_RELEASE);
}

static size_t group_len(size_t buffer_len)
{
	return 4096 + LUA_URING_BUFFERS * buffer_len;
}

/* The group, with no buffers in it */
static int register_group(struct lua_uring *ring, size_t buffer_len)
{
	struct io_uring_buf_reg reg = {
		.ring_entries = LUA_URING_BUFFERS,
		.bgid = LUA_URING_GROUP,
	};
	void *pages;

	pages = mmap(NULL, group_len(buffer_len), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return -ENOMEM;
	ring->bufs = pages;
	ring->memory = (char *)pages + 4096;
	ring->buffer_len = buffer_len;
	reg.ring_addr = (uintptr_t)ring->bufs;
	return syscall(__NR_io_uring_register, ring->fd,
		       IORING_REGISTER_PBUF_RING, &reg, 1) ? -errno : 0;
}

/* The group goes, with the buffers that nobody has taken. */
void lua_uring_withdraw(struct lua_uring *ring)
{
	struct io_uring_buf_reg reg = { .bgid = LUA_URING_GROUP };

	syscall(__NR_io_uring_register, ring->fd, IORING_UNREGISTER_PBUF_RING, &reg, 1);
	munmap(ring->bufs, group_len(ring->buffer_len));
	ring->bufs = NULL;
}

/* Buffers to receive into */
int lua_uring_provide(struct lua_uring *ring, size_t buffer_len)
{
	int err = register_group(ring, buffer_len);
	unsigned int id;

	for (id = 0; id < LUA_URING_BUFFERS && !err; id++)
		add_buffer(ring, id, buffer_len);
	return err;
}

/* Buffers to send, with @bytes in them */
int lua_uring_provide_bytes(struct lua_uring *ring, size_t buffer_len,
			    const char *bytes, size_t len)
{
	int err = register_group(ring, buffer_len);
	unsigned int id;

	if (len > LUA_URING_BUFFERS * buffer_len)
		return -EMSGSIZE;
	for (id = 0; len && !err; id++) {
		size_t n = len < buffer_len ? len : buffer_len;

		memcpy(buffer(ring, id), bytes, n);
		add_buffer(ring, id, n);
		bytes += n;
		len -= n;
	}
	return err;
}

/* Copy what was received, from as many buffers as that takes, and give them back. */
void lua_uring_take(struct lua_uring *ring, const struct io_uring_cqe *cqe, char *to)
{
	unsigned int id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
	size_t left = cqe->res > 0 ? cqe->res : 0;

	if (!(cqe->flags & IORING_CQE_F_BUFFER))
		return;
	do {
		size_t n = left < ring->buffer_len ? left : ring->buffer_len;

		memcpy(to, buffer(ring, id), n);
		add_buffer(ring, id, ring->buffer_len);
		id = (id + 1) % LUA_URING_BUFFERS;
		to += n;
		left -= n;
	} while (left);
}
