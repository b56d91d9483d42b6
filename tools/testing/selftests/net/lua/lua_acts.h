/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What threads do to sockets at random. The sockets are at fixed descriptors, which
 * all threads and their children share, so that calls meet whatever others do to the
 * same number; where there is none, a call fails.
 *
 * A call and its arguments depend on the seed, the thread, and how many calls that
 * thread has made, not on what other calls came to.
 */
#ifndef LUA_ACTS_H
#define LUA_ACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lua_random.h"
#include "lua_uring.h"

#define LUA_THREADS_MAX		32
#define LUA_ACTS_MAX		64
/* A call takes milliseconds, and with an emulator and KASAN some seconds. */
#define LUA_HANG_S		60

/**
 * struct lua_board - what a round's threads and their children tell
 * @seed: of the round
 * @stop: the threads shall end
 * @trace: a descriptor to write each call to, before it is made; -1 for none
 * @failures: how often something was not as it must be
 * @said: the first of them
 * @now: what each thread does, and since when, in seconds
 * @counts: calls of each kind, how many of them did not fail, and their microseconds
 */
struct lua_board {
	uint64_t seed;
	bool stop;
	int trace;
	unsigned int failures;
	char said[16][200];
	struct {
		pid_t tid;
		unsigned long call;
		const char *name;
		long since;
	} now[LUA_THREADS_MAX];
	struct {
		unsigned long made;
		unsigned long good;
		unsigned long us;
	} counts[LUA_ACTS_MAX];
};

/**
 * struct lua_worker - a thread, or a child of one
 * @board: of all
 * @number: the thread's
 * @stream: which of all the streams of dice: each thread has its own, and each child
 * @call: how many calls it has made
 * @only: the descriptor to take; 0 for any
 * @dice: for this call
 * @name: of this call
 * @is_child: a child, or a child's child
 * @is_nobody: has no privilege, for this call
 * @child: that it has made; 0 for none
 * @edge: the first byte of a page that is not there; what is before it is the thread's
 * @fixed: a page that cannot be written
 * @map: the socket's memory that it has mapped last, or NULL
 * @ends: of a pipe
 * @epfd: an epoll instance
 * @file: some bytes to send
 * @ring: not for a child, as it would be its parent's
 */
struct lua_worker {
	struct lua_board *board;
	unsigned int number;
	uint64_t stream;
	unsigned long call;
	int only;
	struct lua_dice dice;
	const char *name;
	bool is_child;
	bool is_nobody;
	pid_t child;
	char *edge;
	char *fixed;
	void *map;
	int ends[2];
	int epfd;
	int file;
	struct lua_uring ring;
};

int lua_worker_init(struct lua_worker *worker, struct lua_board *board, unsigned int number);
/* The next call of the thread */
void lua_act(struct lua_worker *worker);
/* No child is left. */
void lua_worker_end(struct lua_worker *worker);
/* No socket is left, but for what the network still does with them. */
void lua_acts_close_all(void);
/* NULL after the last */
const char *lua_act_name(unsigned int kind);

void __attribute__((format(printf, 2, 3)))
lua_board_say(struct lua_board *board, const char *format, ...);
long lua_microseconds(void);
long lua_seconds(void);

#endif /* LUA_ACTS_H */
