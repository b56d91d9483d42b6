/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of io_uring as reading a socket takes: one request at a time, and a
 * ring of buffers from which the kernel chooses. Without liburing, which a
 * machine that builds the tests need not have.
 */
#ifndef LUA_URING_H
#define LUA_URING_H

#include <stdbool.h>
#include <sys/types.h>
#include <linux/io_uring.h>

#define LUA_URING_BUFFERS	16
#define LUA_URING_BUFFER_LEN	4096

struct lua_uring {
	int fd;
	unsigned int *sq_tail;
	unsigned int *sq_mask;
	unsigned int *sq_flags;
	unsigned int *sq_array;
	struct io_uring_sqe *sqes;
	unsigned int *cq_head;
	unsigned int *cq_tail;
	unsigned int *cq_mask;
	struct io_uring_cqe *cqes;
	struct io_uring_buf_ring *bufs;
	char *memory;
};

int lua_uring_open(struct lua_uring *ring, unsigned int flags);
int lua_uring_submit(struct lua_uring *ring, const struct io_uring_sqe *sqe);
int lua_uring_wait(struct lua_uring *ring, struct io_uring_cqe *cqe);
int lua_uring_cancel(struct lua_uring *ring, __u64 user_data);

/* Buffers that the kernel chooses from; those with IORING_CQE_F_BUFFER */
#define LUA_URING_GROUP		7

int lua_uring_provide(struct lua_uring *ring);
const char *lua_uring_buffer(struct lua_uring *ring,
			     const struct io_uring_cqe *cqe);
void lua_uring_give_back(struct lua_uring *ring, const struct io_uring_cqe *cqe);

#endif /* LUA_URING_H */
