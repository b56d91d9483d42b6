/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM lua

#if !defined(_TRACE_LUA_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_LUA_H

#include <linux/sock_diag.h>
#include <linux/tracepoint.h>
#include <net/inet_sock.h>
#include <uapi/linux/lua.h>

/* Which socket: its cookie, which ss -e shows as sk:, and its ports. Modules
 * get a cookie in halves.
 */
#define LUA_SOCK_STRUCT							\
	__array(u32, cookie, 2)						\
	__field(u16, family)						\
	__field(u16, sport)						\
	__field(u16, dport)

#define LUA_SOCK_ASSIGN(sk)						\
	do {								\
		sock_diag_save_cookie(sk, __entry->cookie);		\
		__entry->family = (sk)->sk_family;			\
		__entry->sport = ntohs(inet_sk(sk)->inet_sport);	\
		__entry->dport = ntohs(inet_sk(sk)->inet_dport);	\
	} while (0)

#define LUA_SOCK_FMT	"sk=%llx family=%s sport=%u dport=%u "
#define LUA_SOCK_ARGS							\
	(u64)__entry->cookie[1] << 32 | __entry->cookie[0],		\
	__print_symbolic(__entry->family,				\
			 { AF_INET,	"AF_INET" },			\
			 { AF_INET6,	"AF_INET6" }),			\
	__entry->sport, __entry->dport

#define show_lua_hook(hook)						\
	__print_symbolic(hook,						\
			 { SS_LUA_HOOK_RECEIVE,	"receive" },		\
			 { SS_LUA_HOOK_SEND,	"send" },		\
			 { SS_LUA_HOOK_ACCEPT,	"accept" },		\
			 { SS_LUA_HOOK_CONNECT,	"connect" },		\
			 { SS_LUA_HOOK_CLOSE,	"close" })

/**
 * lua_verdict - a script has judged data
 * @sk: socket, locked
 * @hook: SS_LUA_HOOK_*
 * @action: what it decided
 * @size: bytes that it was shown
 * @len: bytes that the verdict is about
 */
TRACE_EVENT(lua_verdict,
	TP_PROTO(struct sock *sk, unsigned int hook, const char *action,
		 u32 size, u32 len),
	TP_ARGS(sk, hook, action, size, len),
	TP_STRUCT__entry(
		LUA_SOCK_STRUCT
		__field(unsigned int, hook)
		__field(u32, size)
		__field(u32, len)
		__string(action, action)
	),
	TP_fast_assign(
		LUA_SOCK_ASSIGN(sk);
		__entry->hook = hook;
		__entry->size = size;
		__entry->len = len;
		__assign_str(action);
	),
	TP_printk(LUA_SOCK_FMT "hook=%s action=%s size=%u len=%u", LUA_SOCK_ARGS,
		  show_lua_hook(__entry->hook), __get_str(action),
		  __entry->size, __entry->len)
);

/**
 * lua_load - a script was loaded, or not
 * @sk: socket, locked
 * @size: bytes of its text
 * @err: 0, or what setsockopt() fails with
 */
TRACE_EVENT(lua_load,
	TP_PROTO(struct sock *sk, size_t size, int err),
	TP_ARGS(sk, size, err),
	TP_STRUCT__entry(
		LUA_SOCK_STRUCT
		__field(size_t, size)
		__field(int, err)
	),
	TP_fast_assign(
		LUA_SOCK_ASSIGN(sk);
		__entry->size = size;
		__entry->err = err;
	),
	TP_printk(LUA_SOCK_FMT "size=%zu err=%d", LUA_SOCK_ARGS,
		  __entry->size, __entry->err)
);

DECLARE_EVENT_CLASS(lua_failure,
	TP_PROTO(struct sock *sk, int err, const char *text),
	TP_ARGS(sk, err, text),
	TP_STRUCT__entry(
		LUA_SOCK_STRUCT
		__field(int, err)
		__string(text, text)
	),
	TP_fast_assign(
		LUA_SOCK_ASSIGN(sk);
		__entry->err = err;
		__assign_str(text);
	),
	TP_printk(LUA_SOCK_FMT "err=%d text=%s", LUA_SOCK_ARGS,
		  __entry->err, __get_str(text))
);

/**
 * lua_error - a hook failed, or could not be called
 * @sk: socket, locked
 * @err: why, as an error number
 * @text: the message, as in SS_LUA_ERROR
 */
DEFINE_EVENT(lua_failure, lua_error,
	TP_PROTO(struct sock *sk, int err, const char *text),
	TP_ARGS(sk, err, text)
);

/**
 * lua_limit - a script hit a limit, when it was loaded or in a hook
 * @sk: socket, locked
 * @err: -ETIME: instructions; -ENOMEM: memory; -EOVERFLOW: kernel stack;
 *	-ENOBUFS: states, or what a send hook holds back
 * @text: the message, which says which limit
 */
DEFINE_EVENT(lua_failure, lua_limit,
	TP_PROTO(struct sock *sk, int err, const char *text),
	TP_ARGS(sk, err, text)
);

/**
 * lua_print - a script has called print()
 * @sk: socket, locked
 * @text: the line; any byte can be in it
 * @len: bytes of it
 */
TRACE_EVENT(lua_print,
	TP_PROTO(struct sock *sk, const char *text, size_t len),
	TP_ARGS(sk, text, len),
	TP_STRUCT__entry(
		LUA_SOCK_STRUCT
		__string_len(text, text, len)
	),
	TP_fast_assign(
		LUA_SOCK_ASSIGN(sk);
		__assign_str(text);
	),
	TP_printk(LUA_SOCK_FMT "text=%s", LUA_SOCK_ARGS, __get_str(text))
);

#endif /* _TRACE_LUA_H */

#include <trace/define_trace.h>
