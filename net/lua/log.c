// SPDX-License-Identifier: GPL-2.0-only
/*
 * What scripts print: a ring of text for each socket, made when its script
 * prints for the first time. The oldest text makes room for the newest.
 */
#include <linux/lua.h>
#include <linux/slab.h>
#include <trace/events/lua.h>

#include "lua_ulp.h"

/* A line that is longer is cut, so that there is room for some. */
#define LUA_LOG_LINE	1024

static void write(struct lua_log *log, const char *text, size_t len)
{
	size_t at = log->end % SS_LUA_LOG_MAX;
	size_t first = min(len, SS_LUA_LOG_MAX - at);

	memcpy(log->text + at, text, first);
	memcpy(log->text, text + first, len - first);
	log->end += len;
}

static char byte_at(const struct lua_log *log, u64 pos)
{
	return log->text[pos % SS_LUA_LOG_MAX];
}

/* Where reading begins: with a line whose beginning is still there. */
static u64 start_of(const struct lua_log *log)
{
	u64 oldest = log->end - min_t(u64, log->end, SS_LUA_LOG_MAX);
	u64 pos;

	if (log->read >= oldest)
		return log->read;
	for (pos = oldest; pos < log->end; pos++) {
		if (byte_at(log, pos) == '\n')
			return pos + 1;
	}
	return pos;
}

static void print(struct klua *klua, const char *text, size_t len)
{
	const struct lua_env *env = klua_private(klua);
	struct lua_ulp_ctx *ctx = lua_sock_peek(env->sk, NULL);
	struct lua_log *log = &ctx->log;

	len = min_t(size_t, len, LUA_LOG_LINE - 1);
	LUA_COUNT(ctx, LUA_MIB_PRINTS, 1);
	trace_lua_print(env->sk, text, len);
	if (!log->text)
		log->text = kmalloc(SS_LUA_LOG_MAX, GFP_LUA);
	if (!log->text)
		return;
	write(log, text, len);
	write(log, "\n", 1);
}

/**
 * lua_log_connect - let a sandbox print to its socket's log
 * @klua: sandbox that has not run anything yet
 * @sk: socket that has a context
 */
void lua_log_connect(struct klua *klua, struct sock *sk)
{
	struct lua_env *env = klua_private(klua);

	env->sk = sk;
	klua_set_print(klua, print);
}

/**
 * lua_log_copy - copy what was printed and has not been read
 * @log: log
 * @to: where to
 * @room: bytes there
 * @end: gets the position after the last byte copied
 *
 * Context: socket locked
 * Return: bytes copied
 */
size_t lua_log_copy(const struct lua_log *log, char *to, size_t room, u64 *end)
{
	u64 pos, start;

	start = start_of(log);
	*end = start + min_t(u64, log->end - start, room);
	for (pos = start; pos < *end; pos++)
		*to++ = byte_at(log, pos);
	return *end - start;
}

/**
 * lua_log_forget - what was printed has been read
 * @log: log
 * @end: position from lua_log_copy()
 *
 * Context: socket locked
 */
void lua_log_forget(struct lua_log *log, u64 end)
{
	log->read = max(log->read, end);
}

/**
 * lua_log_free - the socket is gone
 * @log: its log
 */
void lua_log_free(struct lua_log *log)
{
	kfree(log->text);
}
