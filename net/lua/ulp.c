// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lua upper layer protocol.
 *
 * Attaching only swaps the socket's operations; a script comes later, by
 * setsockopt(). What a listener accepts has the listener's script from its
 * first byte on: it is inherited when the connection is made, in softirq, by
 * taking references and nothing else, so that it cannot fail.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "lua_ulp.h"

/* With the socket locked, or not yet reachable. */
static int lua_ulp_init(struct sock *sk)
{
	if (!lua_net_may_attach())
		return -EPERM;
	if (!lua_proto_suits(sk))
		return -EBUSY;

	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, NULL);
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_ops, &lua_ulp_ops);
	/* A listener is cloned without its lock, piece by piece: a clone that has
	 * our operations must have the two above as well. accept() waits meanwhile.
	 */
	if (sk->sk_state == TCP_LISTEN)
		synchronize_rcu();
	lua_proto_set(sk);
	/* Any protocol loses it; of this one, bytes may be sent without copying. */
	if (sk->sk_socket)
		set_bit(SOCK_SUPPORT_ZC, &sk->sk_socket->flags);
	LUA_INC_STATS(sock_net(sk), LUA_MIB_ATTACHED);
	return 0;
}

/**
 * lua_ulp_attach - put a connection under its listener's script
 * @sk: a connection that was made before its listener had the protocol
 * @prog: the script, or NULL; the reference goes to @sk
 *
 * Context: process context, @sk locked
 * Return: 0, or -EBUSY if @sk has a protocol of its own
 */
int lua_ulp_attach(struct sock *sk, struct lua_prog *prog)
{
	if (inet_csk(sk)->icsk_ulp_ops || !lua_proto_suits(sk)) {
		lua_prog_put(prog);
		return -EBUSY;
	}
	__module_get(THIS_MODULE);
	lua_sock_inherit(sk, prog);
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_ops, &lua_ulp_ops);
	lua_proto_set(sk);
	LUA_INC_STATS(sock_net(sk), LUA_MIB_INHERITED);
	return 0;
}

/* In softirq, for a child that nobody else knows yet. Its memory is a copy of
 * the listener's, so the listener's context is found in it; RCU keeps that
 * alive even if the listener is being closed.
 */
static void lua_ulp_clone(const struct request_sock *req, struct sock *newsk,
			  const gfp_t priority)
{
	__module_get(THIS_MODULE);
	lua_sock_inherit(newsk, lua_sock_prog_get(newsk));
	lua_proto_inherit(newsk);
	LUA_INC_STATS(sock_net(newsk), LUA_MIB_INHERITED);
}

/* The socket is dead; process context or softirq. */
static void lua_ulp_release(struct sock *sk)
{
	lua_sock_release(sk);
	lua_proto_restore(sk);
}

struct tcp_ulp_ops lua_ulp_ops __read_mostly = {
	.name		= "lua",
	.owner		= THIS_MODULE,
	.init		= lua_ulp_init,
	.clone		= lua_ulp_clone,
	.graft		= lua_proto_graft,
	.zerocopy_limit	= lua_ulp_zerocopy_limit,
	.get_info	= lua_info_put,
	.get_info_size	= lua_info_size,
	.release	= lua_ulp_release,
};

static int __init lua_ulp_register(void)
{
	int err;

	err = lua_lib_init();
	if (err)
		return err;
	err = lua_dict_init();
	if (err)
		goto out_lib;
	err = lua_sock_init();
	if (err)
		goto out_dict;
	err = lua_net_init();
	if (err)
		goto out_sock;

	lua_proto_init();
	err = tcp_register_ulp(&lua_ulp_ops);
	if (err)
		goto out_net;
	return 0;

out_net:
	lua_net_exit();
out_sock:
	lua_sock_exit();
out_dict:
	lua_dict_exit();
out_lib:
	lua_lib_exit();
	return err;
}

/* No socket has the protocol any more, or the module could not be unloaded.
 * What they left behind may still be on its way out.
 */
static void __exit lua_ulp_unregister(void)
{
	tcp_unregister_ulp(&lua_ulp_ops);
	lua_sock_exit();
	lua_net_exit();
	lua_dict_exit();
	lua_lib_exit();
}

/* After inet and inet6, whose operations are copied. */
late_initcall(lua_ulp_register);
module_exit(lua_ulp_unregister);

MODULE_DESCRIPTION("Lua scripts in TCP sockets");
MODULE_LICENSE("GPL");
MODULE_ALIAS_TCP_ULP("lua");
