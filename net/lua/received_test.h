/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For KUnit tests: received bytes in buffers of every shape, and a script that
 * judges them. No socket is needed for that.
 */
#ifndef RECEIVED_TEST_H
#define RECEIVED_TEST_H

#include <kunit/test.h>

#include "lua_ulp.h"

#define RECEIVED	"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
#define RECEIVED_LEN	(sizeof(RECEIVED) - 1)
#define FIRST_SEQ	0xfffffff0U	/* wraps within the data */

#define SHAPES		5

/**
 * struct shape - how the received bytes lie in memory
 * @desc: in words
 * @buffer: bytes of each buffer
 * @paged: in pages
 * @overlap: bytes before those that each one has, too, with other values
 */
struct shape {
	const char *desc;
	size_t buffer;
	bool paged;
	u32 overlap;
};

extern const struct shape received_shapes[SHAPES];

/**
 * struct received - a receive queue, and a script to judge it
 * @queue: buffers
 * @view: of all of them
 * @klua: sandbox
 */
struct received {
	struct sk_buff_head queue;
	struct lua_view view;
	struct klua *klua;
};

/* A suite's init and exit: test->priv is a struct received. */
int received_init(struct kunit *test);
void received_exit(struct kunit *test);

/* Put RECEIVED into the queue, in that shape; what was there goes. */
void received_put(struct kunit *test, const struct shape *shape);

/* Load a script whose hook is process(), and call that. */
void received_load(struct kunit *test, const char *script);
int received_judge(struct kunit *test, struct lua_verdict *verdict);

#endif /* RECEIVED_TEST_H */
