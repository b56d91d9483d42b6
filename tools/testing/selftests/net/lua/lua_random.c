// SPDX-License-Identifier: GPL-2.0
/*
 * Scripts put together from pieces. What a piece does is of no interest here:
 * together they reach every verdict, every library, and every limit.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "kselftest.h"
#include "lua_random.h"
#include "lua_sock.h"

/* splitmix64 */
static uint64_t next(struct lua_dice *dice)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

struct lua_dice lua_dice_of(uint64_t seed, uint64_t thread, uint64_t call)
{
	struct lua_dice dice = { seed };

	dice.state = next(&dice) ^ thread;
	dice.state = next(&dice) ^ call;
	return dice;
}

unsigned int lua_roll(struct lua_dice *dice, unsigned int sides)
{
	return (next(dice) >> 32) % sides;
}

#define ANY(dice, table) ((table)[lua_roll(dice, ARRAY_SIZE(table))])

void lua_random_bytes(struct lua_dice *dice, char *bytes, size_t len)
{
	static const char * const texts[] = {
		"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde",
		"a line\n", "aaaaaaaaaaaaaaaa", "4111-1111\r\n", "*1\r\n$4\r\nPING\r\n",
		"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "SSH-2.0-x\r\n", "X",
	};
	const char *text = ANY(dice, texts);
	size_t n = strlen(text), i;

	if (!lua_roll(dice, 8)) {
		memset(bytes, 0, len);
		return;
	}
	for (i = 0; i < len; i++)
		bytes[i] = text[i % (n ?: 1)];
}

static const char * const preludes[] = {
	"", "", "", "", "", "", "", "", "", "", "", "",
	"print('loaded')",
	"for i = 1, 60 do print(i, ('p'):rep(i * 20)) end",
	"kept = {} for i = 1, 300 do kept[i] = {i} end",
	"kept = ('k'):rep(100000)",
	"fields = require 'data'.layout{ a = {0, 8}, b = {8, 16, endian = 'little'},"
	" c = {1, 3, 'string'} }",
	"sk.mark = 7",
	"sk.ctx.n = 0",
	"require 'http'", "require 'tls' require 'dns'", "require 'resp' require 'ssh'",
	"require 'shared'.script(8192):set('loaded', true)",
	"require 'shared'.remove('one') require 'shared'.remove('two')",
	"setmetatable(_G, { __index = function(t, k) return k end })",
	"string.find = nil tostring = error",
	"gone = require 'data'.new(1000):segment(10)",
	"co = coroutine.wrap(function() while true do coroutine.yield(1) end end)",
};

/* Those do not load, or only with luck. */
static const char * const bad_preludes[] = {
	"error('at load')", "error()", "error({})", "while true do end",
	"kept = ('k'):rep(1 << 24)", "require 'nonesuch'", "local function",
	"repeat kept = { kept } until false", "more()", "pass()", "return sk:send('x')",
	"string.rep('x', 1 << 40)", "sk:abort()", "sk:shutdown()", "coroutine.yield()",
	"('a'):rep(5000):find(('.-'):rep(20) .. 'b')", "local t = setmetatable({}, "
	"{ __gc = print })", "goto nowhere", "load(('('):rep(300))()", "x = 1.5",
};

/* Of a function with data, size, nonblock and sk */
static const char * const verdicts[] = {
	"return true", "return true", "return true", "return true, size",
	"return true, 0", "return true, size // 2", "return true, size // 9 + 1",
	"return true, tostring(data)", "return true, data",
	"return true, data:segment(0, size // 2)", "return true, ''",
	"return true, (tostring(data):gsub('a', 'bbbb'))",
	"return true, size // 9 + 1, 'in its place'", "return true, 0, 'before it'",
	"return true, ('long'):rep(20000)", "return true, require 'data'.new(70000)",
	"return drop", "return drop()", "return drop, size // 9 + 1",
	"pass() return true", "return pass()", "pass(10) return drop",
	"return pass(1 << 40)", "pass(0) return true, size // 9 + 1", "pass(3) return true, 'x'",
	"more() return true", "more(1000) return true", "more(1 << 30) return true",
	"while true do local n, ended = more() if ended then return true, 1 end end",
	"local n = more(7) return drop, n // 2", "more() more() more() return pass()",
	"pcall(more) return true", "more() error('after a wait')",
	"sk:send('hello\\n') return true", "sk:send(('s'):rep(100000)) return drop",
	"print(size, nonblock) return true",
	"for i = 1, 20 do print(('p'):rep(1100)) end return true",
	"kept = kept or {} kept[#kept + 1] = tostring(data) return true",
	"keep = keep or data:segment(0, 4) local s = tostring(keep) return true",
	"data:layout(fields) data.a = 65 return true",
	"data:layout{ x = {0, 8} }.x = 66 return true, size // 2",
	"data:layout{ all = {0, size, 'string'} } data.all = ('w'):rep(size) return true",
	"return data:find('GET') and true or drop", "return data:match('^%a+') ~= nil",
	"for w in data:gmatch('%a+') do kept = w end return true",
	"return true, data:sub(1, 100):upper()", "data:byte(1, -1) return true",
	"local h = require 'http' local r, why, n = h.request(data)\n"
	"if why == 'incomplete' then more(n) return true end return true",
	"require 'tls'.hello(data) return true",
	"local d = require 'shared'.script() d:incr('n', 1, 0) d:set(size, true, 5)\n"
	"d:keys() return true",
	"local d = require 'shared'.dict('one', 16384)\n"
	"for i = 1, 20 do d:set(i, ('v'):rep(i * 90), i) end d:flush() return true",
	"local d = require 'shared'.dict('two', 65536)\n"
	"d:add('k', tostring(data):sub(1, 500)) d:get('k') d:ttl('k') d:expire('k', 1)\n"
	"return true",
	"require 'shared'.remove('one') return true",
	"collectgarbage() return true", "co() return true",
	"local t = require 'time' return t.monotonic() % 3 ~= 0 and true or drop",
	"sk.mark = sk.received % 5 sk.ctx.x = sk.state return true",
	"return math.random(4) > 1", "return math.random(8) > 1 and true or 5",
};

/* After these the connection is no good any more. */
static const char * const last_words[] = {
	"return false", "return false, 'no'", "return", "return nil, data", "return 1",
	"return true, -1", "return true, size + 1", "return true, {}", "error('no')",
	"error({})", "error(setmetatable({}, { __tostring = error }))", "while true do end",
	"more(-1)", "pass(nil)", "pass(-1)", "sk:abort() return true",
	"sk:shutdown() return true", "return true, ('m'):rep(1 << 22)",
	"local function f() return f() + 1 end return f()",
	"coroutine.wrap(function() more() end)() return true",
	"coroutine.yield() return true", "string.gsub('x', 'x', more) return true",
	"for i = 1, 1 << 40 do kept = { kept } end", "nothing.at.all()",
	"return true, ('x'):rep(30000):find(('x-'):rep(30) .. 'y')",
};

/* Of a function that require 'conn'.handler() makes a hook */
static const char * const handlers[] = {
	"c:pass()", "c:receive(1) c:pass()", "c:peek(30) c:drop(10) c:pass()",
	"while true do local l = c:receive('*l', 200) if not l then return c:pass() end\n"
	"c:replace(#c, l:upper() .. '\\n') end",
	"while c:receive(1) do c:pass(1) end", "c:pass(1 << 40) c:drop(5)", "return",
	"c:receive(1 << 20) c:refuse('long')", "error('handler')",
	"c:pass(100) c:replace(3, 'xyz')",
};

/* Of accept(conn), connect(sk, address, port) and close(sk) */
static const char * const answers[] = {
	"return true", "return true", "return true", "return true", "return true",
	"return true", "return true", "return true", "return true", "return true",
	"return true", "return true", "return true", "return true", "return true",
	"return false", "return false, 'no'", "return", "return 5", "error('no')",
	"while true do end", "more()", "print('called') return true",
	"n = (n or 0) + 1 return n % 4 > 0",
	"require 'shared'.script():incr('n', 1, 0) return true",
	"if sk.state ~= 'closed' then sk:send('bye\\n') end return true",
	"sk.mark = 9 return true", "sk:abort() return true", "sk:shutdown() return true",
	"kept = conn or kept return kept ~= nil and kept.peer ~= nil",
	"sk.ctx.x = {} return true", "local s = ('x'):rep(1 << 21) return true",
};

const char * const lua_random_hooks[__SS_LUA_HOOK_MAX] = {
	[SS_LUA_HOOK_RECEIVE] = "process",
	[SS_LUA_HOOK_SEND] = "send",
	[SS_LUA_HOOK_ACCEPT] = "accept",
	[SS_LUA_HOOK_CONNECT] = "connect",
	[SS_LUA_HOOK_CLOSE] = "close",
};

/* All of it is far shorter than LUA_RANDOM_SCRIPT_MAX. */
#define ADD(len, text, ...) \
	((len) += snprintf((text) + (len), LUA_RANDOM_SCRIPT_MAX - (len), __VA_ARGS__))

static size_t add_data_hook(struct lua_dice *dice, char *text, size_t len,
			    const char *name)
{
	const char *body = lua_roll(dice, 6) ? ANY(dice, verdicts) :
					       ANY(dice, last_words);
	unsigned int how = lua_roll(dice, 8), now_and_then = 2 + lua_roll(dice, 6);

	switch (how) {
	case 0:
		ADD(len, text, "%s = require 'conn'.handler(function(c) %s end)\n", name,
		    ANY(dice, handlers));
		break;
	case 1:
		ADD(len, text, "function %s(data, size, nonblock, sk)\n"
		    "calls_%s = (calls_%s or 0) + 1 if calls_%s %% %u == 0 then\n%s\nend\n"
		    "%s\nend\n", name, name, name, name, now_and_then, body,
		    ANY(dice, verdicts));
		break;
	default:
		ADD(len, text, "function %s(data, size, nonblock, sk)\n%s\nend\n", name, body);
	}
	return len;
}

size_t lua_random_script(struct lua_dice *dice, char *text)
{
	size_t len = 0;

	ADD(len, text, "%s\n", lua_roll(dice, 12) ? ANY(dice, preludes) :
						    ANY(dice, bad_preludes));
	len = add_data_hook(dice, text, len, "process");
	len = add_data_hook(dice, text, len, "send");
	ADD(len, text, "function accept(conn) %s end\n", ANY(dice, answers));
	ADD(len, text, "function connect(sk, address, port) %s end\n", ANY(dice, answers));
	ADD(len, text, "function close(sk) %s end\n", ANY(dice, answers));
	return len;
}

static size_t random_words(struct lua_dice *dice, char *text)
{
	static const char * const words[] = {
		"function", "end", "if", "then", "else", "while", "do", "for", "in", "return",
		"local", "repeat", "until", "goto", "::x::", "nil", "true", "process", "data",
		"(", ")", "{", "}", "[", "]", "=", "==", "~", "..", "...", "#", "//", "<<", ";",
		"'", "\"", "[[", "--[[", "]]", "1", "0x7fffffffffffffff", "1e5", "x", "more",
		"pass", "drop", ":", ",", "\n", "\\", "\xff",
	};
	unsigned int n = lua_roll(dice, 200);
	size_t len = 0;

	while (n--)
		ADD(len, text, "%s ", ANY(dice, words));
	return len;
}

size_t lua_random_garbage(struct lua_dice *dice, char *text)
{
	size_t len = lua_random_script(dice, text);
	unsigned int i;

	switch (lua_roll(dice, 6)) {
	case 0:
		return random_words(dice, text);
	case 1:
		return lua_roll(dice, len + 1);
	case 2:
		text[0] = '\033';
		return len;
	case 3:
		for (i = 0; i < 64; i++)
			text[i] = next(dice);
		return 1 + lua_roll(dice, 64);
	case 4:
		memset(text, "({["[lua_roll(dice, 3)], 4000);
		return 4000;
	default:
		for (i = 1 + lua_roll(dice, 8); i; i--)
			text[lua_roll(dice, len)] = next(dice);
		return len;
	}
}
