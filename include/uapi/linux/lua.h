/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Lua in TCP sockets: socket options at level SOL_LUA.
 *
 * A socket that has the "lua" upper layer protocol (TCP_ULP, "lua") takes
 * these options. Documentation/networking/lua.rst describes them, with every
 * error.
 */
#ifndef _UAPI_LINUX_LUA_H
#define _UAPI_LINUX_LUA_H

#include <linux/types.h>

/*
 * set: the text of a script, without a terminating NUL.
 * get: that text.
 */
#define SS_LUA_LOADSCRIPT	1

/*
 * set: the name of the script's function that judges received data, as a
 *      string of at most SS_LUA_NAME_MAX - 1 bytes.
 * get: that name, with its NUL.
 */
#define SS_LUA_ENTRYPOINT	2

/* get: what went wrong last, with its NUL; "" if nothing did. */
#define SS_LUA_ERROR		3

/*
 * set: struct ss_lua_hook: which function of the script runs at which call; an
 *      empty name takes it away.
 * get: the same; @hook says which.
 */
#define SS_LUA_HOOK		4

/* set, get: int: what happens when the script fails. */
#define SS_LUA_ONERROR		5

#define SS_LUA_ONERROR_FAIL	0	/* reads fail; the default */
#define SS_LUA_ONERROR_PASS	1	/* all that follows is not judged */

/* set, get: struct ss_lua_limits. */
#define SS_LUA_LIMITS		6

/* get: what print() wrote since the last get, without a NUL. */
#define SS_LUA_LOG		7

/* get: struct ss_lua_info. */
#define SS_LUA_INFO		8

/* Size of the longest name of a function, with its NUL. */
#define SS_LUA_NAME_MAX		64

/* Size of the longest text of SS_LUA_ERROR, with its NUL. */
#define SS_LUA_ERROR_MAX	256

/* Most that SS_LUA_LOG keeps; older lines are dropped. */
#define SS_LUA_LOG_MAX		4096

/* Calls that a script can judge */
#define SS_LUA_HOOK_RECEIVE	0	/* bytes from the peer; SS_LUA_ENTRYPOINT */
#define SS_LUA_HOOK_SEND	1	/* bytes to the peer */
#define SS_LUA_HOOK_ACCEPT	2	/* a listener's new connection */
#define SS_LUA_HOOK_CONNECT	3	/* where to connect to */
#define SS_LUA_HOOK_CLOSE	4	/* the application closes the socket */
#define __SS_LUA_HOOK_MAX	5
#define SS_LUA_HOOK_MAX		(__SS_LUA_HOOK_MAX - 1)

/**
 * struct ss_lua_hook - a function of the script for a call
 * @hook: SS_LUA_HOOK_*
 * @name: the function, with its NUL; "" for none
 */
struct ss_lua_hook {
	__u32 hook;
	char name[SS_LUA_NAME_MAX];
};

/**
 * struct ss_lua_limits - what a script may use
 * @max_instructions: units of work of one call; set: 0 for as many as the
 *	namespace allows
 * @max_memory: bytes of the state; set: 0 for as many as the namespace allows
 *
 * Fields may be added at the end. Those that are missing in what is set count
 * as 0.
 */
struct ss_lua_limits {
	__u64 max_instructions;
	__u64 max_memory;
};

/* Flags of struct ss_lua_info */
#define SS_LUA_INFO_SCRIPT	(1 << 0)	/* a script is loaded */
#define SS_LUA_INFO_STATE	(1 << 1)	/* it has a state */
#define SS_LUA_INFO_WAITING	(1 << 2)	/* it holds back what it has seen */
#define SS_LUA_INFO_PASSING	(1 << 3)	/* nothing is judged any more */
#define SS_LUA_INFO_REFUSED	(1 << 4)	/* it has refused: ECONNREFUSED */
#define SS_LUA_INFO_FAILED	(1 << 5)	/* it has failed: EIO */

/**
 * struct ss_lua_info - what a socket's script has done
 * @flags: SS_LUA_INFO_*
 * @script_size: bytes of the script's text
 * @memory: bytes of the state, after the last call
 * @calls: of hooks, all of them, and each time that one goes on after more()
 * @bytes_passed: received, that it passed
 * @bytes_dropped: received, that it dropped
 * @bytes_replaced: received, that it replaced
 * @bytes_unjudged: received, that were not judged because it had failed
 * @refused: how often it refused
 * @errors: how often it failed
 * @prints: lines that it printed
 * @instructions_last: units of work of the last call
 * @instructions_max: of the longest one
 * @instructions_total: of all
 *
 * Fields may be added at the end.
 */
struct ss_lua_info {
	__u32 flags;
	__u32 script_size;
	__u64 memory;
	__u64 calls;
	__u64 bytes_passed;
	__u64 bytes_dropped;
	__u64 bytes_replaced;
	__u64 bytes_unjudged;
	__u64 refused;
	__u64 errors;
	__u64 prints;
	__u64 instructions_last;
	__u64 instructions_max;
	__u64 instructions_total;
};

/* Attributes in INET_ULP_INFO_LUA of sock_diag */
enum {
	SS_LUA_ULP_UNSPEC,
	SS_LUA_ULP_PAD,
	SS_LUA_ULP_INFO,	/* struct ss_lua_info */
	__SS_LUA_ULP_MAX,
};

#define SS_LUA_ULP_MAX (__SS_LUA_ULP_MAX - 1)

#endif /* _UAPI_LINUX_LUA_H */
