// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dictionaries, as a script sees them: the library that require('shared') gives.
 *
 * An object is a pointer: the dictionary is there for as long as the state. No
 * lock is held and no memory of ours is owned while Lua is called: what a
 * dictionary says is copied to where Lua wants it.
 */
#include <linux/lua.h>
#include <linux/stringify.h>

#include "lua.h"
#include "lauxlib.h"
#include "lua_ulp.h"

#define DICT_TYPE	"dictionary"

/* Units of the instruction budget: the work on the table, and 16 bytes each. */
#define CALL_UNITS(bytes)	(16 + (bytes) / 16)

static struct lua_env *env_of(lua_State *L)
{
	return klua_private(klua_of(L));
}

static struct lua_dict *check_dict(lua_State *L)
{
	return *(struct lua_dict **)luaL_checkudata(L, 1, DICT_TYPE);
}

/* Pushes why not; the first result of a method is nil then. */
static int fail(lua_State *L, const char *why)
{
	lua_pushnil(L);
	lua_pushstring(L, why);
	return 2;
}

static int fail_with(lua_State *L, int err)
{
	switch (err) {
	case -EEXIST:
		return fail(L, "exists");
	case -ENOENT:
		return fail(L, "not found");
	case -EINVAL:
		return fail(L, "not a number");
	default:
		return fail(L, "no memory");
	}
}

/* Charges for the call, too. Keys come from peers: one that is too long is not the
 * script's mistake, so that it is no error.
 */
static bool check_key(lua_State *L, struct lua_dict_key *key)
{
	size_t len;

	key->bytes = luaL_checklstring(L, 2, &len);
	key->len = len;
	klua_charge(L, CALL_UNITS(min_t(size_t, len, LUA_DICT_KEY_MAX)));
	return len <= LUA_DICT_KEY_MAX;
}

static int fail_key(lua_State *L)
{
	return fail(L, "key too long");
}

static u64 check_ttl(lua_State *L, int index)
{
	lua_Integer ttl = luaL_optinteger(L, index, 0);

	luaL_argcheck(L, ttl >= 0 && ttl <= LUA_DICT_TTL_MAX, index,
		      "time out of range");
	return ttl;
}

/* false if it is too long. */
static bool check_value(lua_State *L, int index, struct lua_dict_value *value)
{
	size_t len = 0;

	memset(value, 0, sizeof(*value));
	switch (lua_type(L, index)) {
	case LUA_TNUMBER:
		value->type = LUA_DICT_INTEGER;
		value->integer = lua_tointeger(L, index);
		break;
	case LUA_TBOOLEAN:
		value->type = LUA_DICT_BOOLEAN;
		value->integer = lua_toboolean(L, index);
		break;
	case LUA_TSTRING:
		value->type = LUA_DICT_STRING;
		value->bytes = lua_tolstring(L, index, &len);
		value->len = len;
		break;
	default:
		luaL_argerror(L, index, "string, integer or boolean expected");
	}
	if (len > LUA_DICT_VALUE_MAX)
		return false;
	klua_charge(L, len / 16);
	return true;
}

/* Three results: what was asked for is at the top, nil, and whether others went. */
static int succeed(lua_State *L, unsigned int evicted)
{
	if (evicted) {
		LUA_ADD_STATS(env_of(L)->net, LUA_MIB_DICTEVICTIONS, evicted);
		klua_charge(L, evicted);
	}
	lua_pushnil(L);
	lua_pushboolean(L, evicted);
	return 3;
}

/* d:get(key): its value, or nil. A string goes into Lua's buffer, which may have to
 * become larger first, and that may take several turns if the string does.
 */
static int dict_get(lua_State *L)
{
	struct lua_dict *dict = check_dict(L);
	size_t room = LUAL_BUFFERSIZE;
	struct lua_dict_value value;
	struct lua_dict_key key;
	luaL_Buffer b;
	char *to;

	if (!check_key(L, &key))
		return fail_key(L);
	luaL_buffinit(L, &b);
	for (;;) {
		to = luaL_prepbuffsize(&b, room);
		if (lua_dict_get(dict, &key, &value, to, room)) {
			lua_pushnil(L);
			return 1;
		}
		klua_charge(L, value.len / 16);
		if (value.len <= room)
			break;
		room = value.len;
	}

	if (value.type == LUA_DICT_INTEGER)
		lua_pushinteger(L, value.integer);
	else if (value.type == LUA_DICT_BOOLEAN)
		lua_pushboolean(L, value.integer);
	else
		luaL_pushresultsize(&b, value.len);
	return 1;
}

static int set(lua_State *L, enum lua_dict_how how)
{
	struct lua_dict *dict = check_dict(L);
	struct lua_dict_value value;
	struct lua_dict_key key;
	unsigned int evicted;
	u64 ttl;
	int err;

	if (!check_key(L, &key))
		return fail_key(L);
	if (how == LUA_DICT_SET && lua_isnil(L, 3)) {
		lua_dict_delete(dict, &key);
		lua_pushboolean(L, true);
		return 1;
	}
	ttl = check_ttl(L, 4);
	if (!check_value(L, 3, &value))
		return fail(L, "value too long");
	err = lua_dict_set(dict, how, &key, &value, ttl, &evicted);
	if (err)
		return fail_with(L, err);
	lua_pushboolean(L, true);
	return succeed(L, evicted);
}

/* d:set(key, value [, ttl]) */
static int dict_set(lua_State *L)
{
	return set(L, LUA_DICT_SET);
}

/* d:add(key, value [, ttl]): only if there is none. */
static int dict_add(lua_State *L)
{
	return set(L, LUA_DICT_ADD);
}

/* d:replace(key, value [, ttl]): only if there is one. */
static int dict_replace(lua_State *L)
{
	return set(L, LUA_DICT_REPLACE);
}

/* d:incr(key, n [, init [, ttl]]): the sum. */
static int dict_incr(lua_State *L)
{
	struct lua_dict *dict = check_dict(L);
	bool has_init = !lua_isnoneornil(L, 4);
	s64 n = luaL_checkinteger(L, 3);
	s64 init = luaL_optinteger(L, 4, 0);
	u64 ttl = check_ttl(L, 5);
	struct lua_dict_key key;
	unsigned int evicted;
	s64 result;
	int err;

	luaL_argcheck(L, has_init || !ttl, 5, "a time needs a value to begin with");
	if (!check_key(L, &key))
		return fail_key(L);
	err = lua_dict_incr(dict, &key, n, has_init ? &init : NULL, ttl, &result,
			    &evicted);
	if (err)
		return fail_with(L, err);
	lua_pushinteger(L, result);
	return succeed(L, evicted);
}

/* d:delete(key) */
static int dict_delete(lua_State *L)
{
	struct lua_dict *dict = check_dict(L);
	struct lua_dict_key key;

	if (!check_key(L, &key))
		return fail_key(L);
	lua_dict_delete(dict, &key);
	lua_pushboolean(L, true);
	return 1;
}

/* d:ttl(key): milliseconds, 0: for ever. */
static int dict_ttl(lua_State *L)
{
	struct lua_dict *dict = check_dict(L);
	struct lua_dict_key key;
	u64 ttl;
	int err;

	if (!check_key(L, &key))
		return fail_key(L);
	err = lua_dict_ttl(dict, &key, &ttl);
	if (err)
		return fail_with(L, err);
	lua_pushinteger(L, ttl);
	return 1;
}

/* d:expire(key, ttl) */
static int dict_expire(lua_State *L)
{
	struct lua_dict *dict = check_dict(L);
	struct lua_dict_key key;
	u64 ttl;
	int err;

	luaL_checkany(L, 3);
	ttl = check_ttl(L, 3);
	if (!check_key(L, &key))
		return fail_key(L);
	err = lua_dict_expire(dict, &key, ttl);
	if (err)
		return fail_with(L, err);
	lua_pushboolean(L, true);
	return 1;
}

/* d:keys([max]): a list. The first pass tells how much memory it takes; what comes
 * between the two and does not fit is left out.
 */
static int dict_keys(lua_State *L)
{
	struct lua_dict *dict = check_dict(L);
	lua_Integer max = luaL_optinteger(L, 2, 1024);
	size_t count = READ_ONCE(dict->count), len, at;
	const struct lua_dict_item *item;
	void *items;

	luaL_argcheck(L, max >= 0, 2, "negative number");
	if (max && max < count)
		count = max;
	klua_charge(L, CALL_UNITS(0) + count);
	len = lua_dict_keys(dict, count, NULL, 0);
	klua_charge(L, count + len / 16);
	items = lua_newuserdata(L, len);
	len = lua_dict_keys(dict, count, items, len);

	lua_newtable(L);
	for (at = 0, max = 1; at < len; max++) {
		item = items + at;
		lua_pushlstring(L, item->bytes, item->len);
		lua_rawseti(L, -2, max);
		at += lua_dict_item_size(item->len);
	}
	return 1;
}

/* d:flush(): nothing is left. */
static int dict_flush(lua_State *L)
{
	struct lua_dict *dict = check_dict(L);

	klua_charge(L, CALL_UNITS(0) + READ_ONCE(dict->count));
	lua_dict_flush(dict);
	lua_pushboolean(L, true);
	return 1;
}

static const char *why_not(int err)
{
	switch (err) {
	case -EMFILE:
		return "too many dictionaries (" __stringify(LUA_ENV_DICTS) ")";
	case -ENOBUFS:
		return "no dictionary: limit of the namespace (max_dict_memory) reached";
	default:
		return "no memory for a dictionary";
	}
}

static int push_dict(lua_State *L, struct lua_dict *dict)
{
	if (IS_ERR(dict))
		return luaL_error(L, "%s", why_not(PTR_ERR(dict)));
	*(struct lua_dict **)lua_newuserdata(L, sizeof(dict)) = dict;
	luaL_setmetatable(L, DICT_TYPE);
	return 1;
}

static size_t check_size(lua_State *L, int index)
{
	lua_Integer size = luaL_optinteger(L, index, LUA_DICT_DEFAULT);

	luaL_argcheck(L, size >= LUA_DICT_MIN && size <= LONG_MAX / 2, index,
		      "size out of range");
	return size;
}

static const char *check_name(lua_State *L, size_t *len)
{
	const char *name = luaL_checklstring(L, 1, len);

	luaL_argcheck(L, *len > 0 && *len < SS_LUA_NAME_MAX, 1,
		      "name is empty or too long");
	return name;
}

/* Making one takes a hash table. */
#define MAKE_UNITS	500

/* shared.script([size]): the dictionary of all who run this script. */
static int shared_script(lua_State *L)
{
	size_t size = check_size(L, 1);

	klua_charge(L, MAKE_UNITS);
	return push_dict(L, lua_dicts_script(env_of(L), size));
}

/* shared.dict(name [, size]): the namespace's dictionary of that name. */
static int shared_dict(lua_State *L)
{
	size_t len, size = check_size(L, 2);
	const char *name = check_name(L, &len);

	klua_charge(L, MAKE_UNITS);
	return push_dict(L, lua_dicts_named(env_of(L), name, len, size));
}

/* shared.remove(name): the next who asks gets a new one. */
static int shared_remove(lua_State *L)
{
	size_t len;
	const char *name = check_name(L, &len);

	klua_charge(L, MAKE_UNITS);
	lua_pushboolean(L, lua_dicts_remove(env_of(L), name, len));
	return 1;
}

static const luaL_Reg dict_methods[] = {
	{ "get", dict_get },
	{ "set", dict_set },
	{ "add", dict_add },
	{ "replace", dict_replace },
	{ "incr", dict_incr },
	{ "delete", dict_delete },
	{ "ttl", dict_ttl },
	{ "expire", dict_expire },
	{ "keys", dict_keys },
	{ "flush", dict_flush },
	{ }
};

static const luaL_Reg shared_library[] = {
	{ "script", shared_script },
	{ "dict", shared_dict },
	{ "remove", shared_remove },
	{ }
};

/**
 * lua_shared_open - open the library
 * @L: state, in a protected call
 *
 * Return: 1, the library's table
 */
int lua_shared_open(lua_State *L)
{
	luaL_newmetatable(L, DICT_TYPE);
	luaL_newlib(L, dict_methods);
	lua_setfield(L, -2, "__index");
	/* A script that could change the metatable could fool the checks. */
	lua_pushliteral(L, DICT_TYPE);
	lua_setfield(L, -2, "__metatable");

	luaL_newlib(L, shared_library);
	return 1;
}
