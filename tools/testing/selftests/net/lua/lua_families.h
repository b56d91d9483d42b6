/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fixture over both families: a connection without the protocol, for tests
 * in which it does not matter how the peer sends. What LUA_PREPARE() does, where
 * it is defined, is done before there are sockets.
 */
#ifndef LUA_FAMILIES_H
#define LUA_FAMILIES_H

#include "kselftest_harness.h"
#include "lua_sock.h"

#ifndef LUA_PREPARE
#define LUA_PREPARE() 0
#endif

FIXTURE(lua)
{
	int listener;
	struct lua_pair pair;
};

FIXTURE_VARIANT(lua)
{
	int family;
};

FIXTURE_VARIANT_ADD(lua, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(lua, ipv6)
{
	.family = AF_INET6,
};

FIXTURE_SETUP(lua)
{
	ASSERT_EQ(0, LUA_PREPARE());
	self->listener = lua_listen(variant->family);
	ASSERT_LE(0, self->listener);
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
}

FIXTURE_TEARDOWN(lua)
{
	lua_pair_close(&self->pair);
	close(self->listener);
}

#endif /* LUA_FAMILIES_H */
