/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of io_uring as reading and writing a socket takes: one request at a
 * time, and a ring of buffers from which the kernel chooses. Without liburing,
 * which a machine that builds the tests need not have.
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
	unsigned int features;
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
	size_t buffer_len;
};

/* None is ever closed: some time later that interrupts who has closed it. */
int lua_uring_open(struct lua_uring *ring, unsigned int flags);
int lua_uring_submit(struct lua_uring *ring, const struct io_uring_sqe *sqe);
int lua_uring_wait(struct lua_uring *ring, struct io_uring_cqe *cqe);
int lua_uring_cancel(struct lua_uring *ring, __u64 user_data);

/* Buffers that the kernel chooses from, several for a bundle */
#define LUA_URING_GROUP		7

bool lua_uring_has_bundles(void);
int lua_uring_provide(struct lua_uring *ring, size_t buffer_len);
int lua_uring_provide_bytes(struct lua_uring *ring, size_t buffer_len,
			    const char *bytes, size_t len);
void lua_uring_withdraw(struct lua_uring *ring);
void lua_uring_take(struct lua_uring *ring, const struct io_uring_cqe *cqe, char *to);

#endif /* LUA_URING_H */
