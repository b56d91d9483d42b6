// SPDX-License-Identifier: GPL-2.0-only
/*
 * The socket, as a script sees it: an object with fields, and a few methods.
 *
 * The object holds no pointer. The one that is called sk stands for the socket
 * that the sandbox belongs to, which is locked whenever a script runs. A
 * connection that is being accepted is there during that call only: each has a
 * number, and an object with another one is dead.
 *
 * Fields are found by C code, so that a state pays for no table of them.
 */
#include <linux/ipv6.h>
#include <linux/lua.h>
#include <linux/sock_diag.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "lua.h"
#include "lauxlib.h"
#include "lua_ulp.h"

#define SK_TYPE	"socket"

/* Their addresses are keys in the registry. */
static const char own_key;
static const char ctx_key;

/**
 * struct lua_sk - a socket object
 * @conn: number of a connection that is being accepted; 0: the socket itself
 */
struct lua_sk {
	u64 conn;
};

static struct lua_env *env_of(lua_State *L)
{
	return klua_private(klua_of(L));
}

static struct sock *check_sk(lua_State *L, int index)
{
	const struct lua_sk *object = luaL_checkudata(L, index, SK_TYPE);
	const struct lua_env *env = env_of(L);

	if (!object->conn && env->sk)
		return env->sk;
	if (!env->conn || object->conn != env->conns)
		luaL_argerror(L, index,
			      "socket is gone: the call it was given to is over");
	return env->conn;
}

/* The socket that the script belongs to, which methods can change. */
static struct sock *check_own(lua_State *L, const char *method)
{
	struct sock *sk = check_sk(L, 1);

	if (sk != env_of(L)->sk)
		luaL_error(L, "%s() is not for a connection that is being accepted",
			   method);
	return sk;
}

static bool is_mapped(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	return sk->sk_family == AF_INET6 &&
	       (ipv6_addr_v4mapped(&sk->sk_v6_daddr) ||
		ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr));
#else
	return false;
#endif
}

/**
 * lua_sk_format - an address as scripts see it
 * @text: where to
 * @in: IPv4 address, or NULL
 * @in6: IPv6 address, if there is no @in; one that stands for an IPv4 address
 *	is written like that, so that a script need not know both forms
 */
void lua_sk_format(char text[LUA_ADDRESS_SIZE], const __be32 *in,
		   const struct in6_addr *in6)
{
	if (!in && ipv6_addr_v4mapped(in6))
		in = &in6->s6_addr32[3];
	if (in)
		snprintf(text, LUA_ADDRESS_SIZE, "%pI4", in);
	else
		snprintf(text, LUA_ADDRESS_SIZE, "%pI6c", in6);
}

static void push_address(lua_State *L, const struct sock *sk, __be32 in,
			 const struct in6_addr *in6)
{
	char text[LUA_ADDRESS_SIZE];

	lua_sk_format(text, sk->sk_family == AF_INET6 ? NULL : &in, in6);
	lua_pushstring(L, text);
}

static const struct in6_addr *peer6(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	return &sk->sk_v6_daddr;
#else
	return NULL;
#endif
}

static const struct in6_addr *local6(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	return &sk->sk_v6_rcv_saddr;
#else
	return NULL;
#endif
}

static void get_peer(lua_State *L, struct sock *sk)
{
	if (inet_sk(sk)->inet_dport)
		push_address(L, sk, inet_sk(sk)->inet_daddr, peer6(sk));
	else
		lua_pushnil(L);
}

static void get_peer_port(lua_State *L, struct sock *sk)
{
	if (inet_sk(sk)->inet_dport)
		lua_pushinteger(L, ntohs(inet_sk(sk)->inet_dport));
	else
		lua_pushnil(L);
}

static void get_address(lua_State *L, struct sock *sk)
{
	push_address(L, sk, inet_sk(sk)->inet_rcv_saddr, local6(sk));
}

static void get_port(lua_State *L, struct sock *sk)
{
	lua_pushinteger(L, inet_sk(sk)->inet_num);
}

static void get_family(lua_State *L, struct sock *sk)
{
	bool ipv6 = sk->sk_family == AF_INET6 && !is_mapped(sk);

	lua_pushstring(L, ipv6 ? "ipv6" : "ipv4");
}

static void get_cookie(lua_State *L, struct sock *sk)
{
	u32 cookie[2];

	sock_diag_save_cookie(sk, cookie);
	lua_pushinteger(L, (u64)cookie[1] << 32 | cookie[0]);
}

static void get_mark(lua_State *L, struct sock *sk)
{
	lua_pushinteger(L, READ_ONCE(sk->sk_mark));
}

static void get_state(lua_State *L, struct sock *sk)
{
	static const char *const states[TCP_MAX_STATES] = {
		[TCP_ESTABLISHED]	= "established",
		[TCP_SYN_SENT]		= "syn-sent",
		[TCP_SYN_RECV]		= "syn-recv",
		[TCP_FIN_WAIT1]		= "fin-wait-1",
		[TCP_FIN_WAIT2]		= "fin-wait-2",
		[TCP_CLOSE]		= "closed",
		[TCP_CLOSE_WAIT]	= "close-wait",
		[TCP_LAST_ACK]		= "last-ack",
		[TCP_LISTEN]		= "listening",
		[TCP_CLOSING]		= "closing",
	};

	lua_pushstring(L, states[sk->sk_state]);
}

/* TCP counts the end of the stream as a byte. */
static void get_received(lua_State *L, struct sock *sk)
{
	lua_pushinteger(L, tcp_sk(sk)->bytes_received - sock_flag(sk, SOCK_DONE));
}

static void get_sent(lua_State *L, struct sock *sk)
{
	lua_pushinteger(L, tcp_sk(sk)->bytes_sent - tcp_sk(sk)->bytes_retrans);
}

static void get_ctx(lua_State *L, struct sock *sk)
{
	if (sk != env_of(L)->sk)
		luaL_error(L, "a connection that is being accepted has no ctx yet");
	if (lua_rawgetp(L, LUA_REGISTRYINDEX, &ctx_key) != LUA_TNIL)
		return;
	lua_newtable(L);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &ctx_key);
}

/* sk:send(s): bytes to the peer, which no hook judges. Returns how many TCP has
 * taken, all or the first ones; nil and why if it has taken none.
 */
static int sk_send(lua_State *L)
{
	struct sock *sk = check_own(L, "send");
	struct lua_flow *flow = env_of(L)->running;
	struct kvec vec;
	int n;

	vec.iov_base = (void *)luaL_checklstring(L, 2, &vec.iov_len);
	klua_charge(L, vec.iov_len / 16 + 1);
	n = lua_sock_send(sk, &vec);
	/* TCP may have taken in what waited for the lock, and moved buffers. */
	if (flow)
		lua_view_rewind(flow->view);
	if (n >= 0) {
		lua_pushinteger(L, n);
		return 1;
	}
	lua_pushnil(L);
	lua_pushstring(L, n == -EAGAIN ? "the send buffer is full" :
			  n == -ENOMEM ? "no memory" : "not connected");
	return 2;
}

/* sk:shutdown(): nothing more will be sent. */
static int sk_shutdown(lua_State *L)
{
	lua_sock_fin(check_own(L, "shutdown"));
	return 0;
}

/* sk:abort(): reset the connection, once this call is over. */
static int sk_abort(lua_State *L)
{
	struct sock *sk = check_own(L, "abort");
	int queued;

	/* once is enough, and does not take memory that nobody counts */
	if (env_of(L)->aborted)
		return 0;
	queued = lua_sock_abort(sk);
	if (queued < 0)
		return luaL_error(L, "no memory");
	if (queued)
		env_of(L)->aborted = true;
	return 0;
}

static const struct {
	const char *name;
	void (*get)(lua_State *L, struct sock *sk);
	lua_CFunction method;
} fields[] = {
	{ "peer",	get_peer },
	{ "peer_port",	get_peer_port },
	{ "address",	get_address },
	{ "port",	get_port },
	{ "family",	get_family },
	{ "cookie",	get_cookie },
	{ "mark",	get_mark },
	{ "state",	get_state },
	{ "received",	get_received },
	{ "sent",	get_sent },
	{ "ctx",	get_ctx },
	{ "send",	NULL, sk_send },
	{ "shutdown",	NULL, sk_shutdown },
	{ "abort",	NULL, sk_abort },
};

/* A field that is not there is an error: a filter with a misspelt name must not
 * compare nil.
 */
static int sk_index(lua_State *L)
{
	struct sock *sk = check_sk(L, 1);
	const char *name = luaL_checkstring(L, 2);

	for (int i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(fields[i].name, name))
			continue;
		if (fields[i].get)
			fields[i].get(L, sk);
		else
			lua_pushcfunction(L, fields[i].method);
		return 1;
	}
	return luaL_error(L, "a socket has no field '%s'", name);
}

static int sk_newindex(lua_State *L)
{
	struct sock *sk = check_sk(L, 1);
	const char *name = luaL_checkstring(L, 2);
	lua_Integer mark;

	if (strcmp(name, "mark"))
		return luaL_error(L, "a socket's field '%s' cannot be set", name);
	mark = luaL_checkinteger(L, 3);
	luaL_argcheck(L, mark >= 0 && mark <= U32_MAX, 3, "mark out of range");
	if (!env_of(L)->privileged)
		return luaL_error(L, "who loaded the script may not set marks");
	if (mark != sk->sk_mark) {
		WRITE_ONCE(sk->sk_mark, mark);
		sk_dst_reset(sk);
	}
	return 0;
}

static void push_new(lua_State *L, u64 conn)
{
	struct lua_sk *object = lua_newuserdata(L, sizeof(*object));

	object->conn = conn;
	luaL_setmetatable(L, SK_TYPE);
}

/**
 * lua_sk_push - push a socket object
 * @L: state, in a protected call
 * @conn: number of the connection that is being accepted; 0: the socket itself,
 *	for which there is one object
 */
void lua_sk_push(lua_State *L, u64 conn)
{
	if (conn)
		push_new(L, conn);
	else
		lua_rawgetp(L, LUA_REGISTRYINDEX, &own_key);
}

/**
 * lua_sk_open - make the type, and the global sk
 * @L: state, in a protected call
 *
 * Return: 0, nothing
 */
int lua_sk_open(lua_State *L)
{
	static const luaL_Reg metamethods[] = {
		{ "__index", sk_index },
		{ "__newindex", sk_newindex },
		{ }
	};

	luaL_newmetatable(L, SK_TYPE);
	luaL_setfuncs(L, metamethods, 0);
	/* A script that could change the metatable could fool the checks. */
	lua_pushliteral(L, SK_TYPE);
	lua_setfield(L, -2, "__metatable");

	push_new(L, 0);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &own_key);
	lua_setglobal(L, "sk");
	return 0;
}
