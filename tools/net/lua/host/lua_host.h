/* SPDX-License-Identifier: GPL-2.0 */
/*
 * net/lua in user space: a script and one connection's received bytes, without
 * a kernel. The kernel's sources run unchanged, on what this folder has in the
 * place of the rest of the kernel:
 *
 *	stream.c	the connection: what gate.c and sockopt.c do with a real one
 *	view.c		its bytes
 *	skbuff.c	buffers
 *	sock.c		the socket, as scripts see it
 *	netns.c		the namespace: limits
 *	blame.c		where the script was when an error was raised
 *	place.c		where in the script's text an error is
 *	include/	headers
 *
 * This header is for programs, and has nothing of the kernel in it.
 */
#ifndef _LUA_HOST_H
#define _LUA_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* What a script does besides judging, and what comes of its verdicts */
enum lua_host_event {
	LUA_HOST_PRINTED,	/* a line */
	LUA_HOST_READ,		/* bytes that the application gets, or the peer */
	LUA_HOST_SENT,		/* bytes for the peer */
	LUA_HOST_SHUTDOWN,
	LUA_HOST_ABORTED,
};

/**
 * struct lua_host_verdict - a call of the hook
 * @name: "pass", "refuse", "replace", "drop", "more" or "error"
 * @shown: bytes that it was shown
 * @len: pass, drop: bytes of them; replace: bytes instead; more: bytes that it
 *	waits for
 * @pass: bytes after those that need no script
 * @pass_all: all that follow need none
 * @reason: of a refusal or an error, or NULL
 * @instructions: units of work
 * @memory: bytes of the state
 */
struct lua_host_verdict {
	const char *name;
	size_t shown;
	size_t len;
	unsigned long long pass;
	bool pass_all;
	const char *reason;
	unsigned long long instructions;
	size_t memory;
};

/**
 * struct lua_host_ops - who wants to know
 * @tell: something else than a verdict
 * @judged: the hook has returned, or waits
 */
struct lua_host_ops {
	void (*tell)(enum lua_host_event event, const void *bytes, size_t len);
	void (*judged)(const struct lua_host_verdict *verdict);
};

/* All return 0 or a negative error number. */
int lua_host_start(const struct lua_host_ops *ops);
void lua_host_end(void);

/* One of net.lua.*: -ENOENT: there is none; -ERANGE: not with that value. */
int lua_host_set_limit(const char *name, unsigned long long value);

/* As SS_LUA_LOADSCRIPT and SS_LUA_HOOK. */
int lua_host_load(const char *text, size_t len);
int lua_host_bind(unsigned int hook, const char *name);

/* Bytes arrive, or are to be sent: the hook says which, always the same. They are
 * judged until the script waits or all are.
 */
int lua_host_judge(unsigned int hook, const void *bytes, size_t len);

/* The stream ends. */
int lua_host_finish(void);

/* The message of the last error, "script:1: text" if a line is to blame. */
const char *lua_host_error(void);

/**
 * struct lua_host_blame - where the script was when an error was raised
 * @line: in its innermost function
 * @called: the name of what that had called, "?" if it has none; "" if the error
 *	was its own
 */
struct lua_host_blame {
	int line;
	char called[64];
};

/* Of the error with that message; NULL if it is not known. */
const struct lua_host_blame *lua_host_blame(const char *error);

/* A piece of a text: bytes @from up to, but not, @to. Of an error behind the last
 * byte of a text, it is there.
 */
struct lua_host_span {
	size_t from;
	size_t to;
};

/* Does the text not compile, with this message? Where, if it says so? */
bool lua_host_find_syntax(const char *text, size_t len, const char *error,
			  struct lua_host_span *span);

/* A name, a word or a symbol that is in that line exactly once. */
bool lua_host_find_token(const char *text, size_t len, int line, const char *name,
			 struct lua_host_span *span);

unsigned long long lua_host_instructions(void);
size_t lua_host_memory(void);

#endif
