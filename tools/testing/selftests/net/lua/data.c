// SPDX-License-Identifier: GPL-2.0
/*
 * The data object: what a script sees of the received bytes, in however many
 * segments they came, and for how long.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <netinet/in.h>

#include "lua_variants.h"

#define SENT "0123456789abcdef"

/* The body of a script that does something with all of SENT, once. */
#define WITH_ALL "if size < 16 then return true, 0 end "

/* What holds for it. */
static const char * const truths[] = {
	"return #data == size",
	"return tostring(data) == '0123456789abcdef'",
	"return type(data) == 'userdata'",
	"return tostring(data:segment(10)) == 'abcdef'",
	"return tostring(data:segment(2, 3)) == '234'",
	"return tostring(data:segment(2, 3):segment(1, 1)) == '3'",
	"return tostring(data:segment(2, 3):segment(1, 9)) == '34'",
	"return data:segment(2, 3):segment(4) == nil",
	"return #data:segment() == 16 and #data:segment(0, 99) == 16",
	"return #data:segment(16) == 0 and data:segment(17) == nil",
	"return #data:segment(0, 0) == 0 and tostring(data:segment(3, 0)) == ''",
	"return data:segment(1 << 62, 1 << 62) == nil",
	"return data:segment(math.maxinteger) == nil",
	"return #data:segment(1, math.maxinteger) == 15",
	"return data[1] == nil and data.x == nil",
	"return not pcall(setmetatable, data, {})",
	"return getmetatable(data) == 'data'",
	"return require('data') == require 'data'",
	"return #require('data').new(1000) == 1000",
	"return tostring(require('data').new(3)) == '\\0\\0\\0'",
	"return tostring(require('data').new('new')) == 'new'",
	"return tostring(require('data').new('new'):segment(1, 1)) == 'e'",
	"return require('data').new{ 110, 0, 255 }:equals('n\\0\\255')",
	"return data:find('789') == 8 and data:find('x') == nil",
	"return data:find('5', 7) == nil and data:find('5', -11) == 6",
	"return data:find('') == 1 and data:find('', 17) == 17 and data:find('', 18) == nil",
	"return select('#', data:find('(%d+)()(%a+)')) == 5",
	"return select(4, data:find('(%d+)()(%a+)')) == 11",
	"return data:find('%d', 1, true) == nil and data:find('^1') == nil",
	"return data:match('^(%d+)a') == '0123456789' and data:match('f$') == 'f'",
	"local n = 0 for x in data:gmatch('%d%d') do n = n + x end return n == 1+23+45+67+89",
	"return data:byte() == 48 and data:byte(-1) == 102 and not data:byte(17)",
	"return select('#', data:byte(1, -1)) == 16",
	"return data:sub(2, 4) == '123' and data:sub(-2) == 'ef' and data:sub(9, 8) == ''",
	"return data:equals('0123456789abcdef') and not data:equals('0123456789abcdeF')",
	"return data == data:segment() and data ~= data:segment(1)",
	"return data == require('data').new(tostring(data)) and data ~= tostring(data)",
	"string.find = error string.match = error string.gmatch = error\n"
	"return data:find('%d') == 1 and data:match('9.') == '9a' and data:gmatch('b')() == 'b'",
	"return data:layout{ a = { 0, 16 } } == data and data.a == 0x3031 and data.b == nil",
	"return data:layout{ a = { 4, 8 } }.a == 3",
	"return data:layout{ a = { 1, 64 } }.a == 0x60626466686a6c6e",
	"return data:layout{ a = { 0, 32, 'number', 'little' } }.a == 0x33323130",
	"return data:layout{ a = { offset = 2, length = 3, type = 'string' } }.a == '234'",
	"return data:layout{ a = { 15, 2, 'string' } }.a == nil",
	"return data:layout{ a = { 121, 8 } }.a == nil",
	"l = l or require('data').layout{ a = { 120, 8 } } return data:layout(l).a == 102",
	"return data:layout{ a = { 0, 8 } }:segment().a == nil",
};

/* What fails, and the message. */
static const struct {
	const char *lua;
	const char *error;
} errors[] = {
	{ "data:segment(-1)", "negative offset" },
	{ "data:segment(0, -1)", "negative length" },
	{ "data:segment(math.mininteger)", "negative offset" },
	{ "data:segment('x')", "number expected" },
	{ "data.segment()", "data expected" },
	{ "data.segment(io, 1)", "data expected" },
	{ "data.segment({}, 1)", "data expected" },
	{ "data[1] = 2", "data has no field '1'" },
	{ "data.x = 2", "data has no field 'x'" },
	{ "data.find = 2", "data has no field 'find'" },
	{ "getmetatable(data).__len = nil", "attempt to" },
	{ "setmetatable(data, {})", "table expected" },
	{ "require('data').new(-1)", "out of range" },
	{ "require('data').new(1 << 62)", "out of range" },
	{ "require('data').new()", "table, number or string expected" },
	{ "require('data').new({ 256 })", "element 1 is not a byte" },
	{ "require('data').new({ 1, '2' })", "element 2 is not a byte" },
	{ "data:find()", "string expected, got no value" },
	{ "data:find('(')", "unfinished capture" },
	{ "data:match('%')", "malformed pattern" },
	{ "data:gmatch({})", "string expected, got table" },
	{ "data.find('text', 't')", "data expected, got string" },
	{ "data:byte('x')", "number expected" },
	{ "data:sub()", "number expected, got no value" },
	{ "data:equals(1)", "string or data expected" },
	{ "data:layout()", "layout or table expected" },
	{ "data:layout{ byte = { 0, 8 } }", "a method of data objects has that name" },
	{ "data:layout{ { 0, 8 } }", "must be a string, not number" },
	{ "data:layout{ a = 8 }", "table expected, got number" },
	{ "data:layout{ a = {} }", "offset must be an integer, not nil" },
	{ "data:layout{ a = { 0, '8' } }", "length must be an integer, not string" },
	{ "data:layout{ a = { -1, 8 } }", "negative offset" },
	{ "data:layout{ a = { 0, -8 } }", "negative length" },
	{ "data:layout{ a = { 0, 0 } }", "1 to 64 bits" },
	{ "data:layout{ a = { 0, 65 } }", "1 to 64 bits" },
	{ "data:layout{ a = { 0, 8, 'float' } }", "'number' or 'string'" },
	{ "data:layout{ a = { 0, 8, endian = 'middle' } }", "'little' or 'big'" },
	{ "data:layout{ a = { 0, 9, endian = 'little' } }", "whole bytes" },
	{ "data:layout{ a = { 0, 8, offset = 1 } }", "two values for 'offset'" },
	{ "data:layout{ a = { offset = 0, extent = 8 } }", "unknown property 'extent'" },
	{ "data:layout{ a = { 0, 8 } } data.a = 256", "256 does not fit into 8 bits" },
	{ "data:layout{ a = { 0, 8 } } data.a = -1", "does not fit into 8 bits" },
	{ "data:layout{ a = { 0, 8 } } data.a = '1'", "number expected, got string" },
	{ "data:layout{ a = { 0, 2, 'string' } } data.a = 'x'", "has 2 bytes, the string has 1" },
	{ "data:layout{ a = { 0, 2, 'string' } } data.a = 10", "string expected, got number" },
	{ "data:layout{ a = { 1 << 62, 8 } } data.a = 1", "outside of the data" },
	{ "data:layout{ a = { 1 << 62, 1 << 62, 'string' } } data.a = ''", "outside of the data" },
};

/* A script with one function for each of @lua, called one after the other, each
 * with all of SENT. What they return goes through @answer.
 */
static int judge_by_turns(int fd, const char *const *lua, unsigned int n,
			  const char *answer)
{
	static char script[32768];
	size_t used;
	unsigned int i;

	used = snprintf(script, sizeof(script), "turns = {\n");
	for (i = 0; i < n; i++)
		used += snprintf(script + used, sizeof(script) - used,
				 "function(data, size) %s end,\n", lua[i]);
	snprintf(script + used, sizeof(script) - used,
		 "} turn = 0 function process(data, size)\n"
		 "if size < 16 then return true, 0 end\n"
		 "turn = turn + 1\n"
		 "local ok, answer = pcall(turns[turn], data, size) %s end",
		 answer);
	return lua_script(fd, script);
}

TEST_F(lua, what_is_true_of_data)
{
	unsigned int i;

	ASSERT_EQ(0, judge_by_turns(self->listener, truths, ARRAY_SIZE(truths),
				    "return ok and answer, tostring(answer)"));
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	for (i = 0; i < ARRAY_SIZE(truths); i++) {
		ASSERT_EQ(0, lua_send(&self->pair, variant->how, SENT, 16));
		ASSERT_STREQ("true", lua_read_text(self->pair.fd, 0)) {
			TH_LOG("%s: %s", truths[i], lua_error(self->pair.fd));
		}
	}
}

TEST_F(lua, what_cannot_be_done_with_data)
{
	const char *lua[ARRAY_SIZE(errors)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		lua[i] = errors[i].lua;
	ASSERT_EQ(0, judge_by_turns(self->listener, lua, ARRAY_SIZE(lua),
				    "return true, tostring(answer)"));
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		const char *seen;

		ASSERT_EQ(0, lua_send(&self->pair, variant->how, SENT, 16));
		seen = lua_read_text(self->pair.fd, 0);
		EXPECT_NE(NULL, strstr(seen, errors[i].error)) {
			TH_LOG("%s: expected '...%s...', seen '%s'", lua[i],
			       errors[i].error, seen);
		}
	}
}

TEST_F(lua, the_data_covers_all_segments)
{
	JUDGED_BY(WITH_ALL
		  "local parts = {}\n"
		  "for i = 0, size - 1 do\n"
		  "parts[#parts + 1] = tostring(data:segment(i, 1)) end\n"
		  "return true, table.concat(parts, '-')");
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, SENT, 16));
	EXPECT_STREQ("0-1-2-3-4-5-6-7-8-9-a-b-c-d-e-f",
		     lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, the_script_sees_each_byte_once_whatever_sizes_are_read)
{
	static const int sizes[] = { 1, 3, 2, 5, 1, 1, 3 };
	char buf[16];
	unsigned int i;

	JUDGED_BY("total = (total or 0) + size\n"
		  "if data:segment(size - 1) and\n"
		  "tostring(data:segment(size - 1)) == '?' then\n"
		  "return true, 'total ' .. total end return true");
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, SENT, 16));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		EXPECT_EQ(sizes[i], recv(self->pair.fd, buf, sizes[i],
					 MSG_PEEK | MSG_WAITALL));
		EXPECT_EQ(sizes[i], recv(self->pair.fd, buf, sizes[i],
					 MSG_WAITALL));
	}
	EXPECT_STREQ("total 17", lua_pair_exchange(&self->pair, "?"));
}

/* Ways to keep data beyond the call */
static const char * const keepers[] = {
	"kept = kept or data:segment(0); return true, tostring(kept)",
	"kept = kept or data:segment(0); return true, kept",
	"kept = kept or data:segment(0, 1); return true, kept",
	"kept = kept or data:segment(0); return #kept >= 0",
	"kept = kept or data:segment(0); return kept:segment(0) ~= nil",
	"kept = kept or data:segment(0); return kept:find('a') ~= nil",
	"kept = kept or data:segment(0); return true, tostring(kept:match('.'))",
	"kept = kept or data:segment(0); return true, kept:sub(1)",
	"kept = kept or data:segment(0); return kept:byte() ~= nil",
	"kept = kept or data:segment(0); return kept:equals('x') ~= nil",
	"kept = kept or data:segment(0); return (kept == data) ~= nil",
	"kept = kept or data:segment(0); return kept:layout{} ~= nil",
	"kept = kept or data:segment(0):layout{ x = { 0, 8 } }; return kept.x ~= nil",
	"kept = kept or data:segment(0):layout{ x = { 0, 8 } }; kept.x = 97 return true",
	"local part = data:segment(0)\n"
	"kept = kept or function() return tostring(part) end\n"
	"return true, kept()",
	"kept = kept or coroutine.wrap(function(d) while true do\n"
	"coroutine.yield(tostring(d)) end end) return true, kept(data:segment(0))",
	"kept = kept or setmetatable({}, { __index = data:segment(0) })\n"
	"return true, tostring(getmetatable(kept).__index)",
};

TEST_F(lua, data_is_gone_when_the_call_is_over)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keepers); i++) {
		JUDGED_BY(keepers[i]);
		EXPECT_STREQ("a", lua_pair_exchange(&self->pair, "a"));
		EXPECT_STREQ(strerror(EIO), lua_pair_exchange(&self->pair, "b")) {
			TH_LOG("the case was: %s", keepers[i]);
		}
		EXPECT_NE(NULL, strstr(lua_error(self->pair.fd),
				       "data is gone")) {
			TH_LOG("seen: %s", lua_error(self->pair.fd));
		}
	}
}

TEST_F(lua, data_that_the_script_made_can_be_kept)
{
	JUDGED_BY("kept = kept or require('data').new('mine')\n"
		  "return true, kept:segment(1, 2)");
	EXPECT_STREQ("in", lua_pair_exchange(&self->pair, "a"));
	EXPECT_STREQ("in", lua_pair_exchange(&self->pair, "b"));
}

TEST_F(lua, one_copy_serves_all_searches_of_a_call)
{
	JUDGED_BY(WITH_ALL
		  "local big = require('data').new(100000)\n"
		  "for i = 1, 1000 do big:match('^x') end\n"
		  "return true, tostring(collectgarbage('count') < 300)");
	ASSERT_EQ(0, lua_send(&self->pair, variant->how, SENT, 16));
	EXPECT_STREQ("true", lua_read_text(self->pair.fd, 0));
}

TEST_F(lua, endless_searches_are_stopped)
{
	static const char * const searches[] = {
		"while true do data:find('x') end",
		"while true do data:find('%x+x') end",
		"while true do data:byte(1, -1) end",
		"while true do data:equals('0123456789abcdeX') end",
		"data:layout{ a = { 1, 63 } } while true do data.a = data.a end",
		"while true do require('data').layout{ a = { 0, 8 } } end",
		"require('data').new(('a'):rep(50000)):match(('a-'):rep(20) .. 'b')",
		"require('data').new(50000):find(('\\0'):rep(20000) .. 'b')",
	};
	static const struct ss_lua_limits limits = { .max_instructions = 100000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(searches); i++) {
		char body[256];

		snprintf(body, sizeof(body), WITH_ALL "%s", searches[i]);
		JUDGED_BY(body);
		ASSERT_EQ(0, setsockopt(self->pair.fd, SOL_LUA, SS_LUA_LIMITS, &limits,
					sizeof(limits)));
		ASSERT_EQ(0, lua_send(&self->pair, variant->how, SENT, 16));
		EXPECT_STREQ(strerror(EIO), lua_read_text(self->pair.fd, 0));
		EXPECT_NE(NULL, strstr(lua_error(self->pair.fd), "instruction limit")) {
			TH_LOG("%s: %s", searches[i], lua_error(self->pair.fd));
		}
	}
}

/* As it was published, but for what it looks for */
static const char thesis[] =
	"local data = require'data'\n"
	"\n"
	"function process(buff, size, nonblock)\n"
	"    buff:layout{str = {0, #buff, \"string\"}}\n"
	"    local str = buff.str\n"
	"    local method, path = string.match(str, '^(%u+) (%S+) HTTP/1%.[01]\\r\\n')\n"
	"    if not method then return str == '' end\n"
	"    return string.find(path, '..', 1, true) == nil\n"
	"end\n";

TEST_F(lua, the_script_of_the_thesis_runs)
{
	const char *good = "GET /index HTTP/1.1\r\n\r\n";

	ASSERT_EQ(0, lua_script(self->listener, thesis));
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	EXPECT_STREQ(good, lua_pair_exchange(&self->pair, good));
	EXPECT_STREQ(strerror(ECONNREFUSED),
		     lua_pair_exchange(&self->pair, "GET /../x HTTP/1.1\r\n\r\n"));
}

TEST_F(lua, every_byte_value_goes_through_unchanged)
{
	char bytes[256], seen[256];
	int i;

	for (i = 0; i < 256; i++)
		bytes[i] = i;
	for (i = 0; i < 2; i++) {
		JUDGED_BY(i ? "return true, tostring(data)" : "return true");
		ASSERT_EQ(0, lua_send_end(&self->pair, variant->how, bytes,
					  sizeof(bytes)));
		memset(seen, 0, sizeof(seen));
		EXPECT_EQ(256, recv(self->pair.fd, seen, 256, MSG_WAITALL));
		EXPECT_EQ(0, memcmp(bytes, seen, sizeof(bytes)));
	}
}

TEST_HARNESS_MAIN
