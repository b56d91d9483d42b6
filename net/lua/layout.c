// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layouts: names for parts of a data object, to be read and written as numbers
 * and strings.
 *
 * A layout is a userdata with its fields, and a table as its user value that tells
 * a name's index among them. It never changes, so any number of data objects can
 * have it.
 */
#include <linux/swab.h>

#include "lua.h"
#include "lauxlib.h"
#include "lua_ulp.h"

#define LAYOUT_TYPE	"data.layout"

/* 64 bits may begin within a byte. */
#define NUMBER_BYTES	9

/**
 * struct lua_field - a field of a layout
 * @offset: of the first bit, or of the first byte if it is a string
 * @len: bits, or bytes
 * @string: it is a string, or else a number
 * @little: the first of the number's bytes counts least
 */
struct lua_field {
	u64 offset;
	u64 len;
	bool string;
	bool little;
};

struct lua_layout {
	size_t n;
	struct lua_field field[] __counted_by(n);
};

/* What a table that describes a field may have, at these indices or by name */
enum { OFFSET, LENGTH, TYPE, ENDIAN, PROPERTIES };

static const char *const properties[] = { "offset", "length", "type", "endian" };

static int find_property(lua_State *L, int key, const char *name)
{
	lua_Integer n = lua_isinteger(L, key) ? lua_tointeger(L, key) : 0;
	int i;

	if (n >= 1 && n <= PROPERTIES)
		return n - 1;
	for (i = 0; i < PROPERTIES && lua_type(L, key) == LUA_TSTRING; i++) {
		if (!strcmp(lua_tostring(L, key), properties[i]))
			return i;
	}
	lua_pushvalue(L, key);
	return luaL_error(L, "field '%s': unknown property '%s'", name,
			  luaL_tolstring(L, -1, NULL));
}

/* Replaces the table on top by its properties. */
static void push_properties(lua_State *L, const char *name)
{
	int spec = lua_gettop(L);
	int i;

	if (!lua_istable(L, spec))
		luaL_error(L, "field '%s': table expected, got %s", name,
			   luaL_typename(L, spec));
	lua_settop(L, spec + PROPERTIES);
	lua_pushnil(L);
	while (lua_next(L, spec)) {
		i = find_property(L, lua_gettop(L) - 1, name);
		if (!lua_isnil(L, spec + 1 + i))
			luaL_error(L, "field '%s': two values for '%s'", name,
				   properties[i]);
		lua_replace(L, spec + 1 + i);
	}
	lua_remove(L, spec);
}

/* Which of @choices the property at @index is; the first if it is not there */
static int check_choice(lua_State *L, int index, const char *const *choices,
			int n, const char *name, const char *error)
{
	int i;

	if (lua_isnil(L, index))
		return 0;
	for (i = 0; i < n && lua_type(L, index) == LUA_TSTRING; i++) {
		if (!strcmp(lua_tostring(L, index), choices[i]))
			return i;
	}
	return luaL_error(L, "field '%s': %s", name, error);
}

static u64 check_size(lua_State *L, int index, int property, const char *name)
{
	if (!lua_isinteger(L, index))
		luaL_error(L, "field '%s': %s must be an integer, not %s", name,
			   properties[property], luaL_typename(L, index));
	if (lua_tointeger(L, index) < 0)
		luaL_error(L, "field '%s': negative %s", name, properties[property]);
	return lua_tointeger(L, index);
}

enum { BIG, NET, LITTLE, HOST };

static const char *const types[] = { "number", "string" };
static const char *const endians[] = { "big", "net", "little", "host" };

static bool is_little(int endian)
{
	return endian == LITTLE ||
	       (endian == HOST && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
}

/* Bytes in the order of the host are whole ones on any host: the same script
 * works on all of them.
 */
static void check_number(lua_State *L, const struct lua_field *field, int endian,
			 const char *name)
{
	if (field->len < 1 || field->len > 64)
		luaL_error(L, "field '%s': a number has 1 to 64 bits", name);
	if ((endian == LITTLE || endian == HOST) && field->len % 8)
		luaL_error(L, "field '%s': '%s' needs whole bytes, a multiple of 8 bits",
			   name, endians[endian]);
}

/* Reads the table on top, and pops it. */
static void read_field(lua_State *L, const char *name, struct lua_field *field)
{
	int base = lua_gettop(L);
	int endian;

	push_properties(L, name);
	field->offset = check_size(L, base + OFFSET, OFFSET, name);
	field->len = check_size(L, base + LENGTH, LENGTH, name);
	field->string = check_choice(L, base + TYPE, types, ARRAY_SIZE(types), name,
				     "type must be 'number' or 'string'");
	endian = check_choice(L, base + ENDIAN, endians, ARRAY_SIZE(endians), name,
			      "endian must be 'host', 'net', 'little' or 'big'");
	if (!field->string)
		check_number(L, field, endian, name);
	else if (!lua_isnil(L, base + ENDIAN))
		luaL_error(L, "field '%s': a string has no endian", name);
	field->little = is_little(endian);
	lua_settop(L, base - 1);
}

static const char *check_name(lua_State *L, int index)
{
	const char *name;

	if (lua_type(L, index) != LUA_TSTRING)
		luaL_error(L, "the name of a field must be a string, not %s",
			   luaL_typename(L, index));
	name = lua_tostring(L, index);
	if (lua_data_method(name))
		luaL_error(L, "field '%s': a method of data objects has that name", name);
	return name;
}

/* It is made for the first layout, as most scripts have none, and is complete before
 * it is found: a script that gets at a metatable could fool the checks.
 */
static void push_metatable(lua_State *L)
{
	if (luaL_getmetatable(L, LAYOUT_TYPE) != LUA_TNIL)
		return;
	lua_pop(L, 1);
	lua_createtable(L, 0, 2);
	lua_pushliteral(L, LAYOUT_TYPE);
	lua_setfield(L, -2, "__name");
	lua_pushliteral(L, LAYOUT_TYPE);
	lua_setfield(L, -2, "__metatable");
	lua_pushvalue(L, -1);
	lua_setfield(L, LUA_REGISTRYINDEX, LAYOUT_TYPE);
}

static size_t count_fields(lua_State *L, int table)
{
	size_t n = 0;

	lua_pushnil(L);
	while (lua_next(L, table)) {
		lua_pop(L, 1);
		n++;
	}
	return n;
}

/* Pushes what the table at @table describes. */
static void push_layout(lua_State *L, int table)
{
	struct lua_layout *layout;
	size_t i = 0, n;
	int names;

	n = count_fields(L, table);
	layout = lua_newuserdata(L, struct_size(layout, field, n));
	layout->n = n;
	push_metatable(L);
	lua_setmetatable(L, -2);
	lua_createtable(L, 0, n);
	names = lua_gettop(L);

	lua_pushnil(L);
	/* A weak table can have lost some meanwhile, but got none. */
	while (lua_next(L, table)) {
		const char *name = check_name(L, names + 1);

		read_field(L, name, &layout->field[i++]);
		lua_pushvalue(L, -1);
		lua_pushinteger(L, i);
		lua_rawset(L, names);
	}
	lua_setuservalue(L, -2);
}

/**
 * lua_layout_new - data.layout(table)
 * @L: state
 *
 * Return: 1, the layout
 */
int lua_layout_new(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	push_layout(L, 1);
	return 1;
}

/**
 * lua_layout_apply - d:layout(layout | table)
 * @L: state
 *
 * Return: 1, the object
 */
int lua_layout_apply(lua_State *L)
{
	lua_data_check(L, 1);
	if (luaL_testudata(L, 2, LAYOUT_TYPE))
		lua_pushvalue(L, 2);
	else if (lua_istable(L, 2))
		push_layout(L, 2);
	else
		return luaL_argerror(L, 2, "layout or table expected");
	lua_data_keep(L, 1, LUA_DATA_LAYOUT);
	lua_settop(L, 1);
	return 1;
}

/* The field of the object at 1 whose name is at 2; pushes a few values. */
static const struct lua_field *find_field(lua_State *L)
{
	const struct lua_layout *layout;

	if (lua_data_kept(L, 1, LUA_DATA_LAYOUT) != LUA_TUSERDATA)
		return NULL;
	layout = lua_touserdata(L, -1);
	lua_getuservalue(L, -1);
	lua_pushvalue(L, 2);
	if (lua_rawget(L, -2) != LUA_TNUMBER)
		return NULL;
	return &layout->field[lua_tointeger(L, -1) - 1];
}

static bool is_inside(const struct lua_field *field, const struct lua_data *data)
{
	u64 size = field->string ? data->len : (u64)data->len * 8;

	return field->offset <= size && field->len <= size - field->offset;
}

/**
 * struct place - where a number lies
 * @from: offset of the first byte
 * @bytes: how many it touches
 * @after: bits of the last one that are not its own
 */
struct place {
	size_t from;
	unsigned int bytes;
	unsigned int after;
};

static struct place place_of(const struct lua_field *field)
{
	unsigned int before = field->offset % 8;
	struct place place = {
		.from = field->offset / 8,
		.bytes = DIV_ROUND_UP(before + field->len, 8),
	};

	place.after = place.bytes * 8 - before - field->len;
	return place;
}

/* The @bits lowest ones with their bytes in the other order */
static u64 turn(u64 value, unsigned int bits)
{
	return swab64(value) >> (64 - bits);
}

static u64 read_number(lua_State *L, const struct lua_field *field,
		       const struct lua_data *data)
{
	struct place place = place_of(field);
	u8 bytes[NUMBER_BYTES];
	unsigned int i;
	u64 value = 0;

	lua_data_read(L, data, place.from, bytes, place.bytes);
	for (i = 0; i < place.bytes - 1; i++)
		value = value << 8 | bytes[i];
	value = value << (8 - place.after) | bytes[i] >> place.after;
	value &= U64_MAX >> (64 - field->len);
	return field->little ? turn(value, field->len) : value;
}

/* Bits beside it stay as they are. */
static void write_number(lua_State *L, const struct lua_field *field,
			 const struct lua_data *data, u64 value)
{
	struct place place = place_of(field);
	unsigned int left = field->len;
	unsigned int at = place.after;
	unsigned int i = place.bytes;
	u8 bytes[NUMBER_BYTES];

	lua_data_read(L, data, place.from, bytes, place.bytes);
	if (field->little)
		value = turn(value, field->len);
	while (left) {
		unsigned int n = min(8 - at, left);
		u8 mask = (0xff >> (8 - n)) << at;

		i--;
		bytes[i] = (bytes[i] & ~mask) | ((value << at) & mask);
		value >>= n;
		left -= n;
		at = 0;
	}
	lua_data_write(L, data, place.from, bytes, place.bytes);
}

/**
 * lua_layout_get - d.name: a method or a field
 * @L: state
 *
 * Return: 1, the value; nil if there is no such thing, or not within the data
 */
int lua_layout_get(lua_State *L)
{
	lua_CFunction method = NULL;
	const struct lua_field *field;
	const struct lua_data *data;

	if (lua_type(L, 2) == LUA_TSTRING)
		method = lua_data_method(lua_tostring(L, 2));
	if (method) {
		lua_pushcfunction(L, method);
		return 1;
	}
	field = find_field(L);
	if (!field) {
		lua_pushnil(L);
		return 1;
	}
	data = lua_data_check(L, 1);
	if (!is_inside(field, data))
		lua_pushnil(L);
	else if (field->string)
		lua_data_push_string(L, data, field->offset, field->len);
	else
		lua_pushinteger(L, read_number(L, field, data));
	return 1;
}

/* Writes the value at 3. */
static int set_string(lua_State *L, const struct lua_field *field,
		      const struct lua_data *data, const char *name)
{
	const char *text;
	size_t len;

	if (lua_type(L, 3) != LUA_TSTRING)
		return luaL_error(L, "field '%s': string expected, got %s", name,
				  luaL_typename(L, 3));
	text = lua_tolstring(L, 3, &len);
	if (len != field->len)
		return luaL_error(L, "field '%s' has %I bytes, the string has %I",
				  name, (lua_Integer)field->len, (lua_Integer)len);
	lua_data_write(L, data, field->offset, text, len);
	return 0;
}

static int set_number(lua_State *L, const struct lua_field *field,
		      const struct lua_data *data, const char *name)
{
	u64 value;

	if (!lua_isinteger(L, 3))
		return luaL_error(L, "field '%s': number expected, got %s", name,
				  luaL_typename(L, 3));
	value = lua_tointeger(L, 3);
	if (value & ~(U64_MAX >> (64 - field->len)))
		return luaL_error(L, "field '%s': %I does not fit into %d bits", name,
				  (lua_Integer)value, (int)field->len);
	write_number(L, field, data, value);
	return 0;
}

/**
 * lua_layout_set - d.name = value
 * @L: state
 *
 * Return: 0, nothing
 */
int lua_layout_set(lua_State *L)
{
	const struct lua_data *data = lua_data_check(L, 1);
	const struct lua_field *field = find_field(L);
	const char *name;

	if (!field)
		return luaL_error(L, "data has no field '%s'",
				  luaL_tolstring(L, 2, NULL));
	name = lua_tostring(L, 2);
	if (!is_inside(field, data))
		return luaL_error(L, "field '%s' is outside of the data", name);
	if (field->string)
		return set_string(L, field, data, name);
	return set_number(L, field, data, name);
}
