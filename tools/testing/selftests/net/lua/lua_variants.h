/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fixture over both families and all ways in which a peer may send. Its
 * listener has the protocol; a script that a test loads there judges the
 * connections that are made after it.
 */
#ifndef LUA_VARIANTS_H
#define LUA_VARIANTS_H

#include "kselftest_harness.h"
#include "lua_sock.h"

FIXTURE(lua)
{
	int listener;
	struct lua_pair pair;
};

FIXTURE_VARIANT(lua)
{
	int family;
	enum lua_sending how;
};

FIXTURE_VARIANT_ADD(lua, ipv4_one_segment)
{
	.family = AF_INET,
	.how = LUA_ONE_SEGMENT,
};

FIXTURE_VARIANT_ADD(lua, ipv4_many_segments)
{
	.family = AF_INET,
	.how = LUA_MANY_SEGMENTS,
};

FIXTURE_VARIANT_ADD(lua, ipv4_late)
{
	.family = AF_INET,
	.how = LUA_LATE,
};

FIXTURE_VARIANT_ADD(lua, ipv6_one_segment)
{
	.family = AF_INET6,
	.how = LUA_ONE_SEGMENT,
};

FIXTURE_VARIANT_ADD(lua, ipv6_many_segments)
{
	.family = AF_INET6,
	.how = LUA_MANY_SEGMENTS,
};

FIXTURE_VARIANT_ADD(lua, ipv6_late)
{
	.family = AF_INET6,
	.how = LUA_LATE,
};

FIXTURE_SETUP(lua)
{
	self->pair = (struct lua_pair){ .fd = -1, .peer = -1 };
	self->listener = lua_listen(variant->family);
	ASSERT_LE(0, self->listener);
	ASSERT_EQ(0, lua_attach(self->listener));
}

FIXTURE_TEARDOWN(lua)
{
	lua_pair_close(&self->pair);
	close(self->listener);
}

#endif /* LUA_VARIANTS_H */
