// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data object: bytes that a script can look at and change without copying
 * them.
 *
 * An object is a range of a block of memory that data.new() made, or a range
 * of what a hook judges. The latter is there only while that hook runs: each
 * hook call has a number, and an object with another one is dead, wherever the
 * script has kept it.
 *
 * The bytes of hooks are reached by lua_view_*() alone.
 */
#include <linux/lua.h>

#include "lua.h"
#include "lauxlib.h"
#include "lua_ulp.h"

#define DATA_TYPE	"data"

/* Bytes that are looked at together, on the stack */
#define WINDOW		128

/* Units of the instruction budget for a copy: 16 bytes or one buffer each. */
#define COPY_UNITS(bytes, buffers)	((bytes) / 16 + (buffers))

static const struct lua_flow *flow_of(lua_State *L, const struct lua_data *data)
{
	const struct lua_env *env = klua_private(klua_of(L));

	return &env->flow[data->which];
}

static bool alive(lua_State *L, const struct lua_data *data)
{
	const struct lua_flow *flow;

	if (data->mem)
		return true;
	flow = flow_of(L, data);
	return flow->view && flow->generation == data->generation;
}

/**
 * lua_data_is - is a value a data object?
 * @L: state, in a protected call
 * @index: where the value is
 *
 * Return: true if it is, be it alive or not
 */
bool lua_data_is(lua_State *L, int index)
{
	return luaL_testudata(L, index, DATA_TYPE);
}

/**
 * lua_data_check - the data object that an argument must be
 * @L: state, in a C function
 * @index: of the argument
 *
 * Return: the object, which is alive; otherwise an error is raised
 */
struct lua_data *lua_data_check(lua_State *L, int index)
{
	struct lua_data *data = luaL_checkudata(L, index, DATA_TYPE);

	if (!alive(L, data))
		luaL_argerror(L, index, "data is gone: the call it was given to is over");
	return data;
}

static struct lua_data *push_data(lua_State *L, size_t extra)
{
	struct lua_data *data = lua_newuserdata(L, sizeof(*data) + extra);

	memset(data, 0, sizeof(*data));
	luaL_setmetatable(L, DATA_TYPE);
	return data;
}

/**
 * lua_data_push - push the object for the bytes that a hook judges
 * @L: state, in a protected call
 * @which: the hook
 *
 * Return: the object, which is dead until lua_data_show()
 */
struct lua_data *lua_data_push(lua_State *L, unsigned int which)
{
	struct lua_data *data = push_data(L, 0);

	data->which = which;
	return data;
}

/**
 * lua_data_show - let an object stand for the bytes that its hook judges now
 * @data: object that lua_data_push() made
 * @flow: what the hook judges; the same as the last time, with more bytes, or other
 *	bytes
 */
void lua_data_show(struct lua_data *data, const struct lua_flow *flow)
{
	data->generation = flow->generation;
	data->len = flow->view->len;
}

/**
 * lua_data_forget - let an object that lua_data_push() made be as new
 * @L: state, in which no error is raised
 * @index: where the object is
 * @data: the object
 */
void lua_data_forget(lua_State *L, int index, struct lua_data *data)
{
	data->copied = 0;
	if (!data->keeps)
		return;
	data->keeps = false;
	lua_pushnil(L);
	lua_setuservalue(L, index);
}

/**
 * lua_data_keep - let an object keep a value, which is popped
 * @L: state, in a protected call
 * @index: where the object is, from the bottom of the stack
 * @slot: as what
 */
void lua_data_keep(lua_State *L, int index, enum lua_data_slot slot)
{
	if (lua_getuservalue(L, index) != LUA_TTABLE) {
		lua_pop(L, 1);
		lua_createtable(L, LUA_DATA_COPY, 0);
		lua_pushvalue(L, -1);
		lua_setuservalue(L, index);
		((struct lua_data *)lua_touserdata(L, index))->keeps = true;
	}
	lua_insert(L, -2);
	lua_rawseti(L, -2, slot);
	lua_pop(L, 1);
}

/**
 * lua_data_kept - push what an object keeps
 * @L: state, in a protected call
 * @index: where the object is
 * @slot: what of it
 *
 * Return: the value's type; %LUA_TNIL if there is none
 */
int lua_data_kept(lua_State *L, int index, enum lua_data_slot slot)
{
	int type = lua_getuservalue(L, index);

	if (type == LUA_TTABLE) {
		type = lua_rawgeti(L, -1, slot);
		lua_remove(L, -2);
	}
	return type;
}

/**
 * lua_data_read - copy bytes of an object
 * @L: state, in a protected call
 * @data: object, which is alive
 * @from: offset of the first
 * @to: where to
 * @len: how many; @from + @len is within the object
 *
 * Raises an error if the bytes cannot be read.
 */
void lua_data_read(lua_State *L, const struct lua_data *data, size_t from, void *to,
		   size_t len)
{
	int buffers = 1;

	if (data->mem)
		memcpy(to, data->mem + data->offset + from, len);
	else
		buffers = lua_view_copy(flow_of(L, data)->view, data->offset + from,
					to, len);
	if (buffers < 0)
		luaL_error(L, "received data cannot be read by the CPU");
	klua_charge(L, COPY_UNITS(len, buffers));
}

/**
 * lua_data_write - change bytes of an object
 * @L: state, in a protected call
 * @data: object, which is alive
 * @from: offset of the first
 * @bytes: what they become
 * @len: how many; @from + @len is within the object
 *
 * Raises an error if that cannot be; nothing has changed then.
 */
void lua_data_write(lua_State *L, const struct lua_data *data, size_t from,
		    const void *bytes, size_t len)
{
	struct lua_env *env = klua_private(klua_of(L));
	int buffers = 1;

	if (data->mem)
		memcpy(data->mem + data->offset + from, bytes, len);
	else
		buffers = lua_view_write(flow_of(L, data)->view, data->offset + from,
					 bytes, len);
	if (buffers == -ENOMEM)
		luaL_error(L, "no memory to write to received data");
	if (buffers < 0)
		luaL_error(L, "received data cannot be written by the CPU");
	env->writes++;
	klua_charge(L, COPY_UNITS(len, buffers));
}

/**
 * lua_data_has - is a text there?
 * @L: state, in a protected call
 * @data: object, which is alive
 * @from: where
 * @text: the text
 * @len: its length; @from + @len is within the object
 *
 * Return: true if @data has it at @from
 */
bool lua_data_has(lua_State *L, const struct lua_data *data, size_t from,
		  const char *text, size_t len)
{
	u8 window[WINDOW];
	size_t at, n;

	for (at = 0; at < len; at += n) {
		n = min_t(size_t, len - at, WINDOW);
		lua_data_read(L, data, from + at, window, n);
		if (memcmp(window, text + at, n))
			return false;
	}
	return true;
}

static bool has_same_bytes(lua_State *L, const struct lua_data *a,
			   const struct lua_data *b)
{
	u8 window[WINDOW];
	size_t at, n;

	if (a->len != b->len)
		return false;
	for (at = 0; at < a->len; at += n) {
		n = min_t(size_t, a->len - at, WINDOW);
		lua_data_read(L, a, at, window, n);
		if (!lua_data_has(L, b, at, window, n))
			return false;
	}
	return true;
}

/**
 * lua_data_push_string - push a copy of bytes of an object
 * @L: state, in a protected call
 * @data: object, which is alive and on the stack
 * @from: offset of the first
 * @len: how many; @from + @len is within the object
 */
void lua_data_push_string(lua_State *L, const struct lua_data *data, size_t from,
			  size_t len)
{
	luaL_Buffer b;
	char *to;

	if (data->mem) {
		klua_charge(L, COPY_UNITS(len, 1));
		lua_pushlstring(L, data->mem + data->offset + from, len);
		return;
	}
	to = luaL_buffinitsize(L, &b, len);
	lua_data_read(L, data, from, to, len);
	luaL_pushresultsize(&b, len);
}

/**
 * lua_data_position - a position as Lua's string library understands it
 * @position: from 1 on; from -1 on backwards, from the end
 * @data: in which
 *
 * Return: the position from 1 on, or 0 if it is before the first byte
 */
s64 lua_data_position(s64 position, const struct lua_data *data)
{
	s64 len = data->len;

	if (position >= 0)
		return position;
	return position < -len ? 0 : len + position + 1;
}

/* data.new(table): its elements are the bytes. Raw, so that it cannot lie. */
static int new_from_table(lua_State *L)
{
	size_t len = lua_rawlen(L, 1);
	struct lua_data *data;
	lua_Integer byte;
	size_t i;

	luaL_argcheck(L, len <= INT_MAX, 1, "size out of range");
	data = push_data(L, len);
	data->mem = (u8 *)(data + 1);
	data->len = len;
	for (i = 0; i < len; i++) {
		lua_rawgeti(L, 1, i + 1);
		byte = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
		if (byte < 0 || byte > U8_MAX)
			return luaL_error(L, "element %d is not a byte (0 to 255)",
					  (int)i + 1);
		data->mem[i] = byte;
		lua_pop(L, 1);
	}
	return 1;
}

/* data.new(string): a copy of it. data.new(number): so many zero bytes. */
static int data_new(lua_State *L)
{
	const char *text = NULL;
	struct lua_data *data;
	lua_Integer n;
	size_t len;

	switch (lua_type(L, 1)) {
	case LUA_TTABLE:
		return new_from_table(L);
	case LUA_TSTRING:
		text = lua_tolstring(L, 1, &len);
		break;
	case LUA_TNUMBER:
		n = lua_tointeger(L, 1);
		luaL_argcheck(L, n >= 0 && n <= INT_MAX, 1, "size out of range");
		len = n;
		break;
	default:
		return luaL_argerror(L, 1, "table, number or string expected");
	}

	klua_charge(L, COPY_UNITS(len, 1));
	data = push_data(L, len);
	data->mem = (u8 *)(data + 1);
	data->len = len;
	if (text)
		memcpy(data->mem, text, len);
	else
		memset(data->mem, 0, len);
	return 1;
}

/* The part on top keeps the memory's owner, which is the object at 1 or kept by
 * that.
 */
static void keep_owner(lua_State *L)
{
	int part = lua_gettop(L);

	if (lua_data_kept(L, 1, LUA_DATA_OWNER) == LUA_TNIL) {
		lua_pop(L, 1);
		lua_pushvalue(L, 1);
	}
	lua_data_keep(L, part, LUA_DATA_OWNER);
}

/* d:segment([offset [, length]]): a part that shares the bytes. It ends where
 * d ends; nil if it would begin beyond that.
 */
static int data_segment(lua_State *L)
{
	struct lua_data *data = lua_data_check(L, 1);
	lua_Integer offset = luaL_optinteger(L, 2, 0);
	lua_Integer len = luaL_optinteger(L, 3, data->len);
	struct lua_data *part;

	luaL_argcheck(L, offset >= 0, 2, "negative offset");
	luaL_argcheck(L, len >= 0, 3, "negative length");
	if (offset > data->len) {
		lua_pushnil(L);
		return 1;
	}

	part = push_data(L, 0);
	part->generation = data->generation;
	part->which = data->which;
	part->mem = data->mem;
	part->offset = data->offset + offset;
	part->len = min_t(u64, len, data->len - offset);
	if (part->mem)
		keep_owner(L);
	return 1;
}

/* d:sub(i [, j]): a string, as string.sub() has it. */
static int data_sub(lua_State *L)
{
	const struct lua_data *data = lua_data_check(L, 1);
	s64 first = lua_data_position(luaL_checkinteger(L, 2), data);
	s64 last = lua_data_position(luaL_optinteger(L, 3, -1), data);

	first = max(first, 1LL);
	last = min_t(s64, last, data->len);
	if (first > last)
		lua_pushliteral(L, "");
	else
		lua_data_push_string(L, data, first - 1, last - first + 1);
	return 1;
}

/* d:byte([i [, j]]): the bytes as integers, as string.byte() has it. */
static int data_byte(lua_State *L)
{
	const struct lua_data *data = lua_data_check(L, 1);
	s64 first = lua_data_position(luaL_optinteger(L, 2, 1), data);
	s64 last = lua_data_position(luaL_optinteger(L, 3, first), data);
	u8 window[WINDOW];
	s64 at, n, i;

	first = max(first, 1LL);
	last = min_t(s64, last, data->len);
	if (first > last)
		return 0;
	if (last - first >= INT_MAX)
		return luaL_error(L, "string slice too long");
	luaL_checkstack(L, last - first + 1, "string slice too long");
	for (at = first - 1; at < last; at += n) {
		n = min_t(s64, last - at, WINDOW);
		lua_data_read(L, data, at, window, n);
		for (i = 0; i < n; i++)
			lua_pushinteger(L, window[i]);
	}
	return last - first + 1;
}

/* d:equals(x): are the bytes those of a string or of another object? */
static int data_equals(lua_State *L)
{
	const struct lua_data *data = lua_data_check(L, 1);
	const char *text;
	size_t len;
	bool same;

	if (lua_type(L, 2) == LUA_TSTRING) {
		text = lua_tolstring(L, 2, &len);
		same = len == data->len && lua_data_has(L, data, 0, text, len);
		lua_pushboolean(L, same);
		return 1;
	}
	if (!lua_data_is(L, 2))
		return luaL_argerror(L, 2, "string or data expected");
	same = has_same_bytes(L, data, lua_data_check(L, 2));
	lua_pushboolean(L, same);
	return 1;
}

/* Lua asks for any two userdata. */
static int data_eq(lua_State *L)
{
	if (lua_data_is(L, 1) && lua_data_is(L, 2))
		return data_equals(L);
	lua_pushboolean(L, false);
	return 1;
}

static int data_len(lua_State *L)
{
	lua_pushinteger(L, lua_data_check(L, 1)->len);
	return 1;
}

static int data_tostring(lua_State *L)
{
	const struct lua_data *data = lua_data_check(L, 1);

	lua_data_push_string(L, data, 0, data->len);
	return 1;
}

static const luaL_Reg methods[] = {
	{ "byte", data_byte },
	{ "equals", data_equals },
	{ "find", lua_search_find },
	{ "gmatch", lua_search_gmatch },
	{ "layout", lua_layout_apply },
	{ "match", lua_search_match },
	{ "segment", data_segment },
	{ "sub", data_sub },
};

/**
 * lua_data_method - find a method
 * @name: its name
 *
 * A table in each state would do the same, and take memory of each connection.
 *
 * Return: the method, or NULL
 */
lua_CFunction lua_data_method(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(methods); i++) {
		if (!strcmp(name, methods[i].name))
			return methods[i].func;
	}
	return NULL;
}

static const luaL_Reg data_metamethods[] = {
	{ "__eq", data_eq },
	{ "__index", lua_layout_get },
	{ "__len", data_len },
	{ "__newindex", lua_layout_set },
	{ "__tostring", data_tostring },
	{ NULL, NULL }
};

static const luaL_Reg data_library[] = {
	{ "layout", lua_layout_new },
	{ "new", data_new },
	{ NULL, NULL }
};

/**
 * lua_data_type - make the type, without which no object can be pushed
 * @L: state, in a protected call, before any script has run
 *
 * Return: 0, nothing
 */
int lua_data_type(lua_State *L)
{
	luaL_newmetatable(L, DATA_TYPE);
	luaL_setfuncs(L, data_metamethods, 0);
	/* A script that could change the metatable could fool the checks. */
	lua_pushliteral(L, DATA_TYPE);
	lua_setfield(L, -2, "__metatable");
	lua_search_open(L);
	return 0;
}

/**
 * lua_data_open - open the library that require('data') gives
 * @L: state, in a protected call
 *
 * Return: 1, the library's table
 */
int lua_data_open(lua_State *L)
{
	luaL_newlib(L, data_library);
	return 1;
}
