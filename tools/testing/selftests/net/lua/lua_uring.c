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

static void add_buffer(struct lua_uring *ring, unsigned short id)
{
	unsigned short tail = ring->bufs->tail;
	struct io_uring_buf *buf;

	buf = &ring->bufs->bufs[tail % LUA_URING_BUFFERS];
	buf->addr = (uintptr_t)(ring->memory + id * LUA_URING_BUFFER_LEN);
	buf->len = LUA_URING_BUFFER_LEN;
	buf->bid = id;
	__atomic_store_n(&ring->bufs->tail, tail + 1, __ATOMIC_RELEASE);
}

int lua_uring_provide(struct lua_uring *ring)
{
	struct io_uring_buf_reg reg = {
		.ring_entries = LUA_URING_BUFFERS,
		.bgid = LUA_URING_GROUP,
	};
	size_t memory = LUA_URING_BUFFERS * LUA_URING_BUFFER_LEN;
	unsigned short id;
	void *pages;

	pages = mmap(NULL, 4096 + memory, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return -ENOMEM;
	ring->bufs = pages;
	ring->memory = (char *)pages + 4096;
	reg.ring_addr = (uintptr_t)ring->bufs;
	if (syscall(__NR_io_uring_register, ring->fd,
		    IORING_REGISTER_PBUF_RING, &reg, 1))
		return -errno;
	for (id = 0; id < LUA_URING_BUFFERS; id++)
		add_buffer(ring, id);
	return 0;
}

static unsigned short buffer_id(const struct io_uring_cqe *cqe)
{
	return cqe->flags >> IORING_CQE_BUFFER_SHIFT;
}

const char *lua_uring_buffer(struct lua_uring *ring,
			     const struct io_uring_cqe *cqe)
{
	return ring->memory + buffer_id(cqe) * LUA_URING_BUFFER_LEN;
}

void lua_uring_give_back(struct lua_uring *ring, const struct io_uring_cqe *cqe)
{
	add_buffer(ring, buffer_id(cqe));
}
