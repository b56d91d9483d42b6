/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP sockets with Lua, for tests: making them, sending to them, and noting
 * what comes out. Nothing here knows the test harness: functions return a
 * negative errno when they fail.
 */
#ifndef LUA_SOCK_H
#define LUA_SOCK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <linux/lua.h>

/* Seconds for one test: under KASAN in an emulator they take that long. */
#ifdef TEST_TIMEOUT_DEFAULT
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	600
#endif

#ifndef SOL_LUA
#define SOL_LUA 288
#endif

/* No test waits longer than this for something that must happen. */
#define LUA_PATIENCE_MS	10000
/* Long enough to see that something does not happen. */
#define LUA_A_WHILE_MS	20

/* A network namespace for this process alone, with lo up and the ULP loaded. */
int lua_own_network(void);

/* Where the tests' sockets live */
socklen_t lua_loopback(int family, struct sockaddr_storage *addr);
int lua_socket(int family);
int lua_listen(int family);
int lua_connect(int listener);
int lua_accept(int listener);

/* A connection: the script sits on @fd, and judges what @peer sends. */
struct lua_pair {
	int fd;
	int peer;
	pid_t sender;
};

int lua_pair_open(struct lua_pair *pair, int family);
int lua_pair_accept(struct lua_pair *pair, int listener);
void lua_pair_close(struct lua_pair *pair);

/* SOL_LUA */
int lua_attach(int fd);
int lua_load(int fd, const char *script);
int lua_load_bytes(int fd, const void *script, size_t len);
int lua_entry(int fd, const char *name);
int lua_hook(int fd, unsigned int which, const char *name);
const char *lua_error(int fd);

/* Attach, load a script and let its function process() judge. */
int lua_script(int fd, const char *script);

/* The same, with "function process(data, size, nonblock) BODY end". */
int lua_judge(int fd, const char *body);

/* The same for another hook, with "function NAME(PARAMETERS) BODY end". */
int lua_handle(int fd, unsigned int which, const char *body);

/* For fixtures: a connection whose data @body judges, from the first byte. */
#define JUDGED_BY(body) do {						\
	lua_pair_close(&self->pair);					\
	ASSERT_EQ(0, lua_judge(self->listener, body));			\
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));	\
} while (0)

/* How a peer sends */
enum lua_sending {
	LUA_ONE_SEGMENT,
	LUA_MANY_SEGMENTS,
	LUA_LATE,
};

int lua_send(struct lua_pair *pair, enum lua_sending how, const void *bytes,
	     size_t len);
int lua_send_end(struct lua_pair *pair, enum lua_sending how,
		 const void *bytes, size_t len);
int lua_put(int fd, const void *bytes, size_t len);
int lua_puts(int fd, const char *text);

/* Has it come? 1 if @events are there in time, 0 if not. */
int lua_poll(int fd, short events, int timeout_ms);
bool lua_readable(int fd);
bool lua_stays_unreadable(int fd);
/* Wait until all that was sent lies in the other end's queue, judged or not. */
int lua_arrived(int peer);

/* What an application reads: bytes, and then an error, or 0 for the end. */
#define LUA_STREAM_MAX	(512 * 1024)

struct lua_stream {
	size_t len;
	int err;
	char bytes[LUA_STREAM_MAX];
};

typedef ssize_t lua_read_fn(int fd, char *buf, size_t len);

void lua_stream_add(struct lua_stream *stream, const void *bytes, size_t len);
void lua_stream_read(struct lua_stream *stream, int fd, lua_read_fn *read);
void lua_stream_read_len(struct lua_stream *stream, int fd, lua_read_fn *read,
			 size_t len);
const char *lua_stream_text(const struct lua_stream *stream, const char *name);

/* One read, as a text: what was read, or why not. The next overwrites it. */
const char *lua_read_text(int fd, int flags);
/* @text is sent by @peer; what @fd reads then. */
const char *lua_exchange(int fd, int peer, const char *text);
const char *lua_pair_exchange(struct lua_pair *pair, const char *text);

/* The port that a socket has itself */
int lua_port_of(int fd);
/* SS_LUA_INFO; all zero if it cannot be had */
struct ss_lua_info lua_info_of(int fd);

int lua_send_fd(int to, int fd);
int lua_receive_fd(int from);

/* A counter of /proc/net/lua_stat; -1 if there is none of that name. */
long lua_counter(const char *name);
/* Who uses the module; -1 if Lua is built in. */
long lua_module_users(void);
bool lua_users_return_to(long users);
int lua_write_file(const char *path, const char *text);
int lua_read_file(const char *path, char *text, size_t size);

#endif /* LUA_SOCK_H */
