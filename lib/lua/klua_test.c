// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the sandbox: scripts that must work, scripts that must fail with the
 * error that names the reason, and the calls from C.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/lua.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "klua.h"
#include "lauxlib.h"

static const struct klua_limits default_limits = {
	.max_memory = SZ_256K,
	.max_instructions = 1000000,
};

struct script_case {
	const char *desc;
	const char *script;
	int err;
	const char *message;
};

static struct klua *make(struct kunit *test)
{
	struct klua *klua = klua_create(&default_limits);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, klua);
	test->priv = klua;
	return klua;
}

static void klua_exit(struct kunit *test)
{
	klua_free(test->priv);
}

/* Compiles and runs @text; the chunk does not outlive it. */
static int run_script(struct klua *klua, const char *text, size_t len)
{
	struct klua_chunk *chunk = klua_compile(klua, text, len, "=test");
	int err;

	if (IS_ERR(chunk))
		return PTR_ERR(chunk);
	err = klua_run(klua, chunk);
	klua_chunk_free(chunk);
	return err;
}

static int run(struct klua *klua, const char *text)
{
	return run_script(klua, text, strlen(text));
}

static void case_desc(const struct script_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

/* Each script checks itself and fails with an error if something is wrong. */
static const struct script_case working[] = {
	{ "division rounds down", "assert(7 // 2 == 3 and -7 // 2 == -4 and 7 // -2 == -4)" },
	{ "modulo has the divisor's sign",
	  "assert(7 % 3 == 1 and -7 % 3 == 2 and 7 % -3 == -2)" },
	{ "smallest integer by -1",
	  "local m, d = math.mininteger, -1 assert(m // d == m and m % d == 0)" },
	{ "constants fold to the same",
	  "assert(math.mininteger // -1 == math.mininteger and math.mininteger % -1 == 0)" },
	{ "overflow wraps",
	  "local m = math.maxinteger assert(m + 1 == math.mininteger and m * 2 == -2)" },
	{ "shifts of 64 and more give 0",
	  "local n = 64 assert(1 << n == 0 and 1 >> n == 0 and -1 >> 63 == 1 and 1 << -1 ==\n"
	  "0)" },
	{ "bitwise operators",
	  "assert(6 & 3 == 2 and 6 | 3 == 7 and 6 ~ 3 == 5 and ~0 == -1)" },
	{ "strings become integers",
	  "local r = '10' + 1 assert(r == 11 and math.type(r) == 'integer' and tostring(r)\n"
	  "== '11')" },
	{ "string arithmetic stays integer",
	  "assert('7' // '2' == 3 and '7' % '4' == 3 and -'3' == -3 and '6' * '7' == 42)" },
	{ "no number prints a fraction",
	  "assert(tostring(3 * '2') == '6' and '1' + 1 .. '' == '2')" },
	{ "numeric for with strings",
	  "local n = 0 for i = '1', '3' do n = n + i end assert(n == 6)" },
	{ "for stops at the largest integer",
	  "local n = 0 for i = math.maxinteger - 1, math.maxinteger - 1 do n = n + 1 end\n"
	  "assert(n == 1)" },
	{ "for with a negative step",
	  "local n = 0 for i = 10, 1, -3 do n = n + i end assert(n == 22)" },
	{ "tonumber in bases",
	  "assert(tonumber('ff', 16) == 255 and tonumber('-zz', 36) == -1295 and\n"
	  "tonumber('8', 8) == nil)" },
	{ "tonumber of hexadecimal wraps",
	  "assert(tonumber('0xffffffffffffffff') == -1 and tonumber('0x10') == 16)" },
	{ "tonumber refuses floats",
	  "assert(not tonumber('1.5') and not tonumber('1e3') and not tonumber('0x1p4') and\n"
	  "not tonumber('inf'))" },
	{ "tonumber refuses what does not fit",
	  "assert(tonumber('9223372036854775807') == math.maxinteger and not\n"
	  "tonumber('9223372036854775808'))" },
	{ "integer keys", "local t = {} t['1' + 0] = 'x' assert(t[1] == 'x' and #t == 1)" },
	{ "comparison", "assert(1 < 2 and 2 <= 2 and math.mininteger < math.maxinteger)" },
	{ "format %d",
	  "assert(string.format('%5d|%-5d|%05d|%+d', 42, 42, 42, 42) ==\n"
	  "'   42|42   |00042|+42')" },
	{ "format %d with precision",
	  "assert(string.format('%.3d|%6.3d|%-6.3d|%.0d', 7, 7, 7, 0) ==\n"
	  "'007|   007|007   |')" },
	{ "format of the smallest integer",
	  "assert(string.format('%d', math.mininteger) == '-9223372036854775808')" },
	{ "format %x",
	  "assert(string.format('%x|%#x|%#X|%#x', 255, 255, 255, 0) == 'ff|0xff|0XFF|0')" },
	{ "format %o and %u",
	  "assert(string.format('%o|%#o|%u', 8, 8, -1) == '10|010|18446744073709551615')" },
	{ "format %i and %c",
	  "assert(string.format('%i%c%3c|%-3c|', 1, 65, 66, 67) == '1A  B|C  |')" },
	{ "format %s",
	  "assert(string.format('%5.2s|%-5s|%s', 'abc', 'x', nil) == '   ab|x    |nil')" },
	{ "format %q",
	  "assert(string.format('%q', 'a\\n\\0\"') == '\"a\\\\\\n\\\\0\\\\\"\"')" },
	{ "format %q of the smallest integer",
	  "assert(string.format('%q', math.mininteger) == '0x8000000000000000')" },
	{ "case is ASCII's",
	  "assert(('\xc3\xa9\xe9z'):upper() == '\xc3\xa9\xe9Z' and ('\xc9'):lower() ==\n"
	  "'\xc9')" },
	{ "patterns are ASCII's",
	  "assert(not ('\xe9\xc0'):find('%a') and not ('\xa0'):find('%s') and\n"
	  "('\xe9'):find('[^%a]'))" },
	{ "pack and unpack integers",
	  "assert(('<i4'):pack(-2) == '\\xfe\\xff\\xff\\xff' and ('>I2'):unpack('\\1\\2')\n"
	  "== 258)" },
	{ "pack strings", "assert(('s1z'):unpack(('s1z'):pack('ab', 'c')) == 'ab')" },
	{ "math of integers",
	  "assert(math.abs(-3) == 3 and math.floor(3) == 3 and math.max(1, 3, 2) == 3 and\n"
	  "math.fmod(-7, 3) == -1)" },
	{ "math.abs of the smallest integer",
	  "assert(math.abs(math.mininteger) == math.mininteger)" },
	{ "math.fmod by -1", "assert(math.fmod(math.mininteger, -1) == 0)" },
	{ "math.tointeger and type",
	  "assert(math.tointeger(3) == 3 and not math.tointeger('x') and math.type(1) ==\n"
	  "'integer' and not math.type('1'))" },
	{ "math.ult", "assert(math.ult(1, -1) and not math.ult(-1, 1))" },
	{ "math.random stays in its range",
	  "for i = 1, 100 do local n = math.random(-2, 2) assert(n >= -2 and n <= 2) end\n"
	  "math.random(math.mininteger, math.maxinteger)" },
	{ "utf8",
	  "assert(utf8.char(228, 8364) == '\xc3\xa4\xe2\x82\xac' and utf8.len('\xc3\xa4')\n"
	  "== 1)" },
	{ "coroutines",
	  "local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b\n"
	  "* 2 end) assert(co(1) == 2 and co(21) == 42)" },
	{ "pcall gets the message",
	  "local ok, m = pcall(error, 'x', 0) assert(not ok and m == 'x')" },
	{ "xpcall runs its handler",
	  "local ok, m = xpcall(error, function(m) return m .. '!' end, 'x') assert(not ok\n"
	  "and m == 'x!')" },
	{ "errors after deep recursion are caught",
	  "local function f() return 1 + f() end assert(not pcall(f)) assert(not pcall(f))" },
	{ "metamethods",
	  "local t = setmetatable({}, { __div = function() return 'div' end }) assert(t / 1\n"
	  "== 'div')" },
	{ "division by a table is not refused early", "if false then local x = 1 / 2 ^ 3 end" },
	{ "load of text", "assert(load('return 1 + 1')() == 2)" },
	{ "load gives the message",
	  "local f, m = load('x x', '=c') assert(not f and m:find('^c:1:'), m)" },
	{ "load refuses bytecode",
	  "local f, m = load('\\27Lua', 'c', 'b') assert(not f and m:find('only text'), m)" },
	{ "load by pieces refuses bytecode",
	  "local n = 0 local f, m = load(function() n = n + 1 return ({ '\\27', 'Lua' })[n]\n"
	  "end) assert(not f and m:find('only text'), m)" },
	{ "nothing that reaches out",
	  "assert(not (io or os or debug or package or dofile or loadfile or string.dump))" },
	{ "collectgarbage counts",
	  "assert(math.type(collectgarbage('count')) == 'integer' and collectgarbage() ==\n"
	  "0)" },
	{ "require finds the libraries",
	  "assert(require 'string' == string and require 'math' == math)" },
	{ "length of a table with holes at powers of two",
	  "local t = {} for i = 1, 64 do t[i] = 1 end for i = 6, 62 do t[1 << i] = 1 end\n"
	  "for i = 1, 1000 do assert(t[#t]) end" },
	{ "an empty string repeats at once", "assert((''):rep(1 << 62) == '')" },
	{ "varargs", "assert(select('#', table.unpack({}, 1, 200)) == 200)" },
	{ "goto", "local n = 0 ::top:: n = n + 1 if n < 5 then goto top end assert(n == 5)" },
	{ "tostring of a table is stable", "local t = {} assert(tostring(t) == tostring(t))" },
	{ "sort", "local t = { 3, 1, 2 } table.sort(t) assert(table.concat(t) == '123')" },
	{ "names of chunks",
	  "local function name(n) local _, m = pcall(load('error(\"x\")', n)) return m end\n"
	  "assert(name('=abc') == 'abc:1: x' and name('@abc') == 'abc:1: x') assert(name('abc')\n"
	  "== '[string \"abc\"]:1: x') assert(name('a\\nb') == '[string \"a...\"]:1: x')\n"
	  "assert(name('=' .. ('n'):rep(99)) == ('n'):rep(59) .. ':1: x') assert(name('@' ..\n"
	  "('n'):rep(99)) == '...' .. ('n'):rep(56) .. ':1: x') assert(name(nil) ==\n"
	  "'[string \"error(\"x\")\"]:1: x') assert(name(12) == '[string \"12\"]:1: x')" },
	{ "a chunk does not keep a long name",
	  "local t = {} for i = 1, 20 do t[i] = load('return 1', ('n'):rep(30000)) end" },
	{ "strings compare by bytes",
	  "assert('a\\0b' < 'a\\0c' and 'a' < 'a\\0' and not ('a\\0' < 'a') and 'a\\0' <= 'a\\0'\n"
	  "and '\\xff' > 'a' and '' < '\\0')" },
	{ "a chain of ephemerons is collected in time",
	  "local e, k = setmetatable({}, { __mode = 'k' }), {} for i = 1, 800 do k[i] = {} end\n"
	  "for i = 1, 799 do e[k[i]] = k[i + 1] end local first, last = k[1], {} e[k[800]] =\n"
	  "last k = nil for i = 1, 10 do collectgarbage() end local n = 0 while e[first] do n,\n"
	  "first = n + 1, e[first] end assert(n == 800 and first == last)" },
	{ "short chains of ephemerons lose their garbage",
	  "local e = setmetatable({}, { __mode = 'k' }) for i = 1, 100 do local a, b = {}, {}\n"
	  "e[a], e[b] = b, a end collectgarbage() collectgarbage() assert(next(e) == nil)" },
	{ "long strings",
	  "local s = ('x'):rep(20000) assert(#(s .. s) == 40000 and s:gsub('x', 'yy'):len()\n"
	  "== 40000)" },
	{ "strings are integers for math",
	  "local n = math.abs('-3') + math.fmod('7', '3') assert(tostring(n) == '4')" },
	{ "the greatest of texts is a text",
	  "assert(math.max('10', '9') == '9' and math.min('b', 'a') == 'a')" },
	{ "math has no hidden fields",
	  "assert(rawget(math, 'pi') == nil and math.nothing == nil and\n"
	  "getmetatable(math) == false)" },
	{ "a script has no arguments", "assert(select('#', ...) == 0 and arg == nil)" },
	{ "print does without tostring", "tostring = nil print(1)" },
	{ "ipairs has no metamethod of its own",
	  "for i, v in ipairs(setmetatable({ 7 }, { __ipairs = error })) do assert(v == 7)\n"
	  "end" },
	{ "math has no function of floats",
	  "for name in ('acos asin atan cos deg exp huge log modf pi rad sin sqrt tan')\n"
	  ":gmatch('%a+') do local ok, m = pcall(function() return math[name] end)\n"
	  "assert(not ok and m:find(\"'math.\" .. name .. \"' is not available\", 1, true), m)\n"
	  "end" },
	{ "pack has no option of floats",
	  "for o in ('dfn'):gmatch('.') do for _, f in ipairs { string.pack, string.packsize,\n"
	  "string.unpack } do local ok, m = pcall(f, o, '12345678') assert(not ok and\n"
	  "m:find(\"format option '\" .. o .. \"' is not available\", 1, true), m) end end" },
	{ "format has no option of floats",
	  "for o in ('aAeEfgG'):gmatch('.') do local ok, m = pcall(string.format, '%5.1' .. o, 1)\n"
	  "assert(not ok and m:find(\"format '%\" .. o .. \"' is not available\", 1, true), m)\n"
	  "end" },
	{ "an error in an error handler",
	  "local ok, m = xpcall(error, function() error() end) assert(not ok and\n"
	  "(m == 'error in error handling' or m:find('C stack overflow')), m)" },
	{ "what a chunk returns is dropped", "return 1, {}, 'three'" },
	{ "a caught memory error has Lua's message",
	  "local ok, m = pcall(string.rep, 'x', 1 << 30) assert(not ok and m ==\n"
	  "'not enough memory')" },
	{ "a yield costs the same in a function of any length",
	  "local f = assert(load('while true do coroutine.yield() end' .. (' x = 1'):rep(5000)))\n"
	  "f = coroutine.wrap(f) for i = 1, 1000 do f() end" },
	{ "an index of 64 bits in a message",
	  "local t = setmetatable({}, { __index = function() return {} end }) local ok, m =\n"
	  "pcall(table.concat, t, '', 1 << 32, 1 << 32) assert(not ok and\n"
	  "m:find('(table) at index 4294967296 ', 1, true), m)" },
	{ "utf8 of a first byte that is none",
	  "for i = 0xfe, 0xff do local s = string.char(i) .. ('\\x80'):rep(7)\n"
	  "local n, at = utf8.len(s) assert(not n and at == 1 and\n"
	  "not pcall(utf8.codepoint, s)) end" },
	{ "gmatch after errors in its pattern",
	  "local f = ('x'):rep(9):gmatch('x?x?x?[') for i = 1, 300 do local ok, m = pcall(f)\n"
	  "assert(not ok and m:find('malformed'), m) end" },
	{ "the name of a key in a register",
	  "local s, t = {}, {} for i = 1, 300 do s[i] = 'x = ' .. i .. ' ' end local f =\n"
	  "assert(load(table.concat(s) .. \"local t = ... t.k = { k = 1 } t['far'].x = t\"))\n"
	  "local ok, m = pcall(f, t) assert(not ok and m:find(\"field 'far'\"), m)" },
	{ "string buffers grow",
	  "local t = {} for i = 1, 2000 do t[i] = i end assert(#table.concat(t, ',') ==\n"
	  "8892)" },
};

KUNIT_ARRAY_PARAM(working, working, case_desc);

static void klua_script_works(struct kunit *test)
{
	const struct script_case *c = test->param_value;
	struct klua *klua = make(test);

	KUNIT_EXPECT_EQ_MSG(test, run(klua, c->script), 0, "%s", klua_error(klua));
}

#define LINE	"test:1: "

static const struct script_case refused[] = {
	/* syntax and run time */
	{ "syntax", "x = = 1", -EINVAL, LINE "unexpected symbol near '='" },
	{ "line number", "\n\nerror('here')", -EINVAL, "test:3: here" },
	{ "error that is a table", "error({})", -EINVAL, "(error object is a table value)" },
	{ "error that is a number", "error(42)", -EINVAL, "42" },
	{ "error that is nil", "error()", -EINVAL, "(error object is a nil value)" },
	{ "binary chunk", "\x1bLua", -EINVAL, "attempt to load a binary chunk" },
	/* integers only */
	{ "float literal",
	  "x = 1.5", -EINVAL, LINE "malformed number (numbers are 64-bit integers) near '1.5'" },
	{ "exponent", "x = 1e3", -EINVAL, "numbers are 64-bit integers" },
	{ "hexadecimal float", "x = 0x1p4", -EINVAL, "numbers are 64-bit integers" },
	{ "integer that does not fit",
	  "x = 9223372036854775808", -EINVAL, "numbers are 64-bit integers" },
	{ "a dot too many", "x = 3..2", -EINVAL, "numbers are 64-bit integers" },
	{ "fraction in a string",
	  "x = '1.5' + 1", -EINVAL, LINE "attempt to perform arithmetic on a string value" },
	{ "exponent in a string",
	  "x = '1e3' | 0", -EINVAL, LINE "attempt to perform bitwise operation on a string value" },
	{ "string that does not fit",
	  "x = '9223372036854775808' + 0", -EINVAL, "arithmetic on a string value" },
	{ "fraction as an argument",
	  "x = ('x'):rep('2.0')", -EINVAL,
	  "bad argument #1 to 'rep' (number expected, got string)" },
	{ "fraction as a limit",
	  "for i = 1, '2.5' do end", -EINVAL, LINE "'for' limit must be a number" },
	{ "division",
	  "x = 2 / 3", -EINVAL, LINE "'/' is not available (numbers are integers; use '//')" },
	{ "division of variables", "local a = 4 x = a / 2", -EINVAL, "use '//'" },
	{ "power", "x = 2 ^ 3", -EINVAL, LINE "'^' is not available" },
	{ "format %f", "string.format('%f', 1)", -EINVAL, "format '%f' is not available" },
	{ "format %5.2g", "string.format('%5.2g', 1)", -EINVAL, "use '%d'" },
	{ "format %a", "string.format('%a', 1)", -EINVAL, "format '%a' is not available" },
	{ "pack of a double",
	  "string.pack('d', 1)", -EINVAL, "format option 'd' is not available" },
	{ "pack of Lua's number",
	  "string.pack('n', 1)", -EINVAL,
	  "format option 'n' is not available (numbers are integers; use 'j')" },
	{ "unpack of a float",
	  "string.unpack('f', 'abcd')", -EINVAL, "format option 'f' is not available" },
	{ "math.pi",
	  "x = math.pi", -EINVAL, LINE "'math.pi' is not available (numbers are integers)" },
	{ "math.huge", "x = -math.huge", -EINVAL, "'math.huge' is not available" },
	{ "math.sqrt", "x = math.sqrt(4)", -EINVAL, "'math.sqrt' is not available" },
	{ "math.random of three", "math.random(1, 2, 3)", -EINVAL, "wrong number of arguments" },
	{ "math.random of nothing", "math.random(2, 1)", -EINVAL, "interval is empty" },
	{ "math.random()", "math.random()", -EINVAL, "use math.random(m)" },
	{ "math.randomseed",
	  "math.randomseed(1)", -EINVAL, "'math.randomseed' is not available" },
	{ "division by zero",
	  "local z = 0 x = 1 // z", -EINVAL, LINE "attempt to divide by zero" },
	{ "modulo by zero", "local z = 0 x = 1 % z", -EINVAL, LINE "attempt to perform 'n%0'" },
	{ "math.fmod by zero", "math.fmod(1, 0)", -EINVAL, "zero" },
	/* environment */
	{ "finalizer",
	  "setmetatable({}, { __gc = print })", -EINVAL, "'__gc' is not available" },
	{ "metatable of math", "setmetatable(math, {})", -EINVAL, "protected metatable" },
	{ "io", "io.write('x')", -EINVAL, LINE "attempt to index a nil value (global 'io')" },
	{ "os", "x = os.time()", -EINVAL, LINE "attempt to index a nil value (global 'os')" },
	{ "debug",
	  "debug.traceback()", -EINVAL, LINE "attempt to index a nil value (global 'debug')" },
	{ "package",
	  "x = package.loaded", -EINVAL, LINE "attempt to index a nil value (global 'package')" },
	{ "dofile", "dofile 'x'", -EINVAL, LINE "attempt to call a nil value (global 'dofile')" },
	{ "loadfile",
	  "loadfile 'x'", -EINVAL, LINE "attempt to call a nil value (global 'loadfile')" },
	{ "string.dump",
	  "string.dump(print)", -EINVAL, LINE "attempt to call a nil value (field 'dump')" },
	{ "what Lua 5.2 had: bit32",
	  "x = bit32.band(1)", -EINVAL, LINE "attempt to index a nil value (global 'bit32')" },
	{ "what Lua 5.2 had: math.pow",
	  "x = math.pow(2, 3)", -EINVAL, LINE "attempt to call a nil value (field 'pow')" },
	{ "first line of a Unix script",
	  "#!/usr/bin/lua", -EINVAL, LINE "unexpected symbol near '#'" },
	{ "byte order mark",
	  "\xef\xbb\xbfx = 1", -EINVAL, LINE "unexpected symbol near '<\\239>'" },
	{ "unknown module", "require 'socket'", -EINVAL, "module 'socket' not found" },
	{ "collector's knobs", "collectgarbage('stop')", -EINVAL, "invalid option 'stop'" },
	/* time: the VM */
	{ "endless loop",
	  "while true do end", -ETIME, LINE "instruction limit (1000000) reached" },
	{ "endless loop in a function",
	  "local function f()\nwhile true do end\nend\nf()", -ETIME, "test:2: " },
	{ "endless goto", "::a:: goto a", -ETIME, "instruction limit" },
	{ "endless recursion by tail calls",
	  "local function f() return f() end f()", -ETIME, "instruction limit" },
	{ "endless for", "for i = 1, 0, 0 do end", -ETIME, "instruction limit" },
	{ "caught and repeated",
	  "while true do pcall(function() while true do end end) end",
	  -ETIME, "instruction limit" },
	{ "caught in a coroutine",
	  "while true do local co = coroutine.wrap(function() while true do end end)\n"
	  "pcall(co) end", -ETIME, "instruction limit" },
	{ "caught inside of a coroutine",
	  "coroutine.wrap(function() while true do pcall(function() while true do end end)\n"
	  "end end)()", -ETIME, "instruction limit" },
	{ "a handler that goes on",
	  "xpcall(function() while true do end end, function() while true do end end) while\n"
	  "true do end", -ETIME, "instruction limit" },
	{ "a generation of coroutines",
	  "local function f() return coroutine.wrap(f)() end while true do pcall(f) end",
	  -ETIME, "instruction limit" },
	{ "endless metamethod",
	  "local t = setmetatable({}, { __index = function(t, k) while true do end end }) x\n"
	  "= t.x", -ETIME, "instruction limit" },
	{ "endless __tostring",
	  "tostring(setmetatable({}, { __tostring = function() while true do end end }))",
	  -ETIME, "instruction limit" },
	{ "load in a loop",
	  "local s = ('x = 1 '):rep(1000) while true do load(s) end",
	  -ETIME, "instruction limit" },
	{ "load of an endless reader",
	  "load(function() return ' ' end)", -ETIME, "instruction limit" },
	/* time: loops in C */
	{ "backtracking", "('a'):rep(1000):find('.-.-.-.-b')", -ETIME, "instruction limit" },
	{ "backtracking with classes",
	  "('a'):rep(2000):find('[ab]*[ab]*[ab]*c')", -ETIME, "instruction limit" },
	{ "gmatch that never matches",
	  "for x in ('a'):rep(2000):gmatch('.-.-.-b') do end", -ETIME, "instruction limit" },
	{ "gsub", "('a'):rep(2000):gsub('.-.-.-b', '')", -ETIME, "instruction limit" },
	{ "%b",
	  "local s = ('('):rep(20000) while true do s:find('%b()') end",
	  -ETIME, "instruction limit" },
	{ "a long class",
	  "local p = '[' .. ('b'):rep(20000) .. ']' while true do ('a'):rep(100):find(p)\n"
	  "end", -ETIME, "instruction limit" },
	{ "plain find",
	  "local s, p = ('a'):rep(40000), ('a'):rep(20000) .. 'b' while true do s:find(p,\n"
	  "1, true) end", -ETIME, "instruction limit" },
	{ "table.move", "table.move({}, 1, (1 << 60), 2)", -ETIME, "instruction limit" },
	{ "table.move to itself",
	  "local t = setmetatable({}, { __newindex = function() end }) table.move(t, 1, (1\n"
	  "<< 60), 2)", -ETIME, "instruction limit" },
	{ "table.concat with a lying length",
	  "table.concat(setmetatable({}, { __len = function() return (1 << 60) end, __index\n"
	  "= function() return '' end }))", -ETIME, "instruction limit" },
	{ "table.insert with a lying length",
	  "table.insert(setmetatable({}, { __len = function() return (1 << 60) end }), 1,\n"
	  "1)", -ETIME, "instruction limit" },
	{ "table.remove with a lying length",
	  "table.remove(setmetatable({}, { __len = function() return (1 << 60) end }), 1)",
	  -ETIME, "instruction limit" },
	{ "table.sort with a lying length",
	  "table.sort(setmetatable({}, { __len = function() return 1 << 30 end, __index =\n"
	  "function() return 1 end, __newindex = function() end }))",
	  -ETIME, "instruction limit" },
	{ "table.unpack in a loop",
	  "local t = {} while true do select('#', table.unpack(t, 1, 5000)) end",
	  -ETIME, "instruction limit" },
	{ "varargs in a loop",
	  "local function f(...) while true do local a = select('#', ...) end end\n"
	  "f(table.unpack({}, 1, 2000))", -ETIME, "instruction limit" },
	{ "format in a loop",
	  "while true do string.format('%99d%99d', 1, 2) end", -ETIME, "instruction limit" },
	{ "pack of spaces",
	  "local f = (' '):rep(50000) while true do string.packsize(f) end",
	  -ETIME, "instruction limit" },
	{ "utf8.len in a loop",
	  "local s = ('x'):rep(50000) while true do utf8.len(s) end",
	  -ETIME, "instruction limit" },
	{ "utf8.offset in a loop",
	  "local s = ('\\x80'):rep(50000) while true do utf8.offset(s, 0, 50000) end",
	  -ETIME, "instruction limit" },
	{ "utf8.codes' iterator",
	  "local i, s = utf8.codes(''), 'x' .. ('\\x80'):rep(50000) while true do pcall(i,\n"
	  "s, 1) end", -ETIME, "instruction limit" },
	{ "comparison of long strings",
	  "local a, b = ('a'):rep(50000) .. 'b', ('a'):rep(50000) .. 'c' while true do\n"
	  "local c = a < b end", -ETIME, "instruction limit" },
	{ "next over an emptied table",
	  "local t = {} for i = 1, 2000 do t['k' .. i] = 1 end for k in pairs(t) do t[k] =\n"
	  "nil end while true do next(t) end", -ETIME, "instruction limit" },
	{ "rehash of a large array for one key",
	  "local t = {} for i = 1, 8000 do t[i] = 1 end local n = 0 while true do n = n + 1\n"
	  "t['k' .. n] = 1 t['k' .. n] = nil end", -ETIME, "instruction limit" },
	{ "collection in a loop",
	  "while true do collectgarbage() end", -ETIME, "instruction limit" },
	{ "errors in a deep stack",
	  "local function f(n) if n == 0 then while true do pcall(error) end end return 1 +\n"
	  "f(n - 1) end f(1000)", -ETIME, "instruction limit" },
	{ "many gotos",
	  "local t = {} for i = 1, 700 do t[i] = 'goto l' .. i .. ' ' end for i = 1, 700 do\n"
	  "t[#t + 1] = '::l' .. i .. '::' end local s = table.concat(t) while true do\n"
	  "load(s) end", -ETIME, "instruction limit" },
	/* time: work that ends, but is more than the limit allows */
	{ "a chain of __index",
	  "local t = {} for i = 1, 500 do t = setmetatable({}, { __index = t }) end for i = 1,\n"
	  "4000 do local x = t.x end", -ETIME, "instruction limit" },
	{ "a chain of __newindex",
	  "local t = {} for i = 1, 500 do t = setmetatable({}, { __newindex = t }) end for i =\n"
	  "1, 4000 do t.x = nil end", -ETIME, "instruction limit" },
	{ "integer keys that collide",
	  "local t = {} for i = 1, 2000 do t[i << 20] = i end", -ETIME, "instruction limit" },
	{ "looking for an integer key among those that collide",
	  "local t = {} for i = 1, 500 do t[i << 20] = i end for i = 1, 4000 do local x = t[0]\n"
	  "end", -ETIME, "instruction limit" },
	{ "equal long strings as keys",
	  "local a, b = ('x'):rep(40000) .. 'y', ('x'):rep(40000) .. 'y' local t = { [a] = 1 }\n"
	  "for i = 1, 1000 do assert(t[b]) end", -ETIME, "instruction limit" },
	{ "the hash of new long strings",
	  "local s, t = ('x'):rep(40000), {} for i = 1, 150 do local x = t[s .. 'y'] end",
	  -ETIME, "instruction limit" },
	{ "rawequal of long strings",
	  "local a, b = ('x'):rep(40000) .. 'y', ('x'):rep(40000) .. 'y' for i = 1, 1000 do\n"
	  "assert(rawequal(a, b)) end", -ETIME, "instruction limit" },
	{ "arithmetic on a long numeral",
	  "local s = ('0'):rep(40000) for i = 1, 100 do local x = s + 1 end",
	  -ETIME, "instruction limit" },
	{ "a long numeral as an argument",
	  "local s = ('0'):rep(40000) for i = 1, 100 do math.abs(s) end",
	  -ETIME, "instruction limit" },
	{ "tonumber of a long numeral",
	  "local s = ('0'):rep(40000) for i = 1, 100 do tonumber(s) end",
	  -ETIME, "instruction limit" },
	{ "tonumber of a long numeral in a base",
	  "local s = ('0'):rep(40000) for i = 1, 100 do tonumber(s, 10) end",
	  -ETIME, "instruction limit" },
	{ "format that measures a long string",
	  "local s = ('x'):rep(40000) for i = 1, 1000 do string.format('%.1s', s) end",
	  -ETIME, "instruction limit" },
	{ "format that quotes control characters",
	  "local s = ('\\0'):rep(10000) for i = 1, 150 do string.format('%q', s) end",
	  -ETIME, "instruction limit" },
	{ "pack of a string with a NUL",
	  "local s = ('x'):rep(40000) .. '\\0' for i = 1, 1000 do pcall(string.pack, 'z', s)\n"
	  "end", -ETIME, "instruction limit" },
	{ "the length of a table with keys at powers of two",
	  "local t = {} for i = 0, 62 do t[1 << i] = 1 end for i = 1, 20000 do local x = #t\n"
	  "end", -ETIME, "instruction limit" },
	{ "names among many local variables",
	  "local n = {} for i = 1, 190 do n[i] = 'l' .. i end local s = 'local ' ..\n"
	  "table.concat(n, ',') .. (' x=y'):rep(3000) for i = 1, 3 do assert(load(s)) end",
	  -ETIME, "instruction limit" },
	{ "many gotos to one label",
	  "assert(load(('goto a '):rep(4000) .. '::a::'))", -ETIME, "instruction limit" },
	{ "closures that capture many variables",
	  "local n = {} for i = 1, 190 do n[i] = 'l' .. i end n = table.concat(n, ',')\n"
	  "assert(load('local ' .. n .. ' for i = 1, 500 do local z local f = function() '\n"
	  ".. 'return z, ' .. n .. ' end end'))()", -ETIME, "instruction limit" },
	{ "many variables without a value, from the arguments",
	  "local n = {} for i = 1, 190 do n[i] = 'l' .. i end n = table.concat(n, ',')\n"
	  "load('for i = 1, 50000 do local ' .. n .. ' = ... end')()",
	  -ETIME, "instruction limit" },
	{ "many variables without a value, from a call",
	  "local n = {} for i = 1, 190 do n[i] = 'l' .. i end n = table.concat(n, ',')\n"
	  "load('local f = ... for i = 1, 50000 do local ' .. n .. ' = f() end')(function() end)",
	  -ETIME, "instruction limit" },
	{ "many parameters without a value, and more",
	  "local n = {} for i = 1, 190 do n[i] = 'l' .. i end n = table.concat(n, ',')\n"
	  "load('local function f(' .. n .. ', ...) end for i = 1, 50000 do f() end')()",
	  -ETIME, "instruction limit" },
	{ "a large state collected often",
	  "local t = {} for i = 1, 2000 do t[i] = {} end for i = 1, 150 do collectgarbage() end",
	  -ETIME, "instruction limit" },
	/* memory */
	{ "one large string",
	  "x = ('x'):rep(1 << 30)", -ENOMEM, LINE "memory limit (262144 bytes) reached" },
	{ "a string too large for anything",
	  "x = ('x'):rep(1 << 62)", -EINVAL, "resulting string too large" },
	{ "doubling",
	  "local s = 'x' while true do s = s .. s end", -ENOMEM, LINE "memory limit" },
	{ "a table that grows",
	  "local t = {} for i = 1, (1 << 60) do t[i] = i end", -ENOMEM, "memory limit" },
	{ "many closures",
	  "local t = {} for i = 1, (1 << 60) do t[i] = function() return i end end",
	  -ENOMEM, "memory limit" },
	{ "many coroutines",
	  "local t = {} for i = 1, (1 << 60) do t[i] = coroutine.create(print) end",
	  -ENOMEM, "memory limit" },
	{ "a list built in C",
	  "table.unpack({}, 1, 90000)", -EINVAL, "too many results to unpack" },
	{ "a buffer",
	  "table.concat(setmetatable({}, { __len = function() return (1 << 60) end, __index\n"
	  "= function() return ('x'):rep(1000) end }))", -ENOMEM, "memory limit" },
	{ "deep recursion",
	  "local function f() return 1 + f() end f()", -ENOMEM, "memory limit" },
	/* C stack */
	{ "pcall",
	  "local function f() local ok, m = pcall(f) error(m, 0) end f()",
	  -EINVAL, "C stack overflow" },
	{ "metamethods",
	  "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return\n"
	  "t[k] end x = t.x", -EINVAL, "C stack overflow" },
	{ "__tostring",
	  "local t = setmetatable({}, {}) getmetatable(t).__tostring = tostring tostring(t)",
	  -EINVAL, "C stack overflow" },
	{ "gsub's callback",
	  "local function f() return (('x'):gsub('x', f)) end f()", -EINVAL, "C stack overflow" },
	{ "sort's comparator",
	  "local function f() table.sort({ 1, 2, 3 }, f) end f()", -EINVAL, "C stack overflow" },
	{ "coroutines in coroutines",
	  "local function f() coroutine.wrap(f)() end f()", -EINVAL, "C stack overflow" },
	{ "load in a reader",
	  "local function f() assert(load(f))() end f()", -EINVAL, "C stack overflow" },
	{ "parentheses",
	  "assert(load('return ' .. ('('):rep(500) .. '1' .. (')'):rep(500)))",
	  -EINVAL, "overflow" },
	{ "functions in functions",
	  "assert(load(('return function() '):rep(500) .. ('end '):rep(500)))",
	  -EINVAL, "overflow" },
	{ "a long assignment",
	  "assert(load(('a,'):rep(500) .. 'a = 1'))", -EINVAL, "overflow" },
	{ "right-associative operators",
	  "assert(load('return ' .. ('1 .. '):rep(500) .. '1'))", -EINVAL, "overflow" },
	{ "pattern", "('x'):rep(500):find(('x?'):rep(500) .. ('x'):rep(500))", -EINVAL, LINE },
	{ "a handler that fails",
	  "local ok, m = xpcall(error, function() error('again') end) error(m, 0)", -EINVAL, "" },
};

KUNIT_ARRAY_PARAM(refused, refused, case_desc);

static void klua_script_is_refused(struct kunit *test)
{
	const struct script_case *c = test->param_value;
	struct klua *klua = make(test);

	KUNIT_EXPECT_EQ_MSG(test, run(klua, c->script), c->err, "'%s'", klua_error(klua));
	KUNIT_EXPECT_TRUE_MSG(test, strstr(klua_error(klua), c->message),
			      "expected '%s', got '%s'", c->message, klua_error(klua));
	KUNIT_EXPECT_LE(test, klua_memory(klua), default_limits.max_memory);

	/* whatever it was, the sandbox is as good as before */
	KUNIT_EXPECT_EQ_MSG(test, run(klua, "local x = {} for i = 1, 100 do x[i] = i .. '' end"), 0,
			    "%s", klua_error(klua));
	KUNIT_EXPECT_STREQ(test, klua_error(klua), "");
}

static void klua_chunk_runs_in_any_sandbox(struct kunit *test)
{
	static const char text[] = "calls = (calls or 0) + 1 error('call ' .. calls)";
	struct klua *klua = make(test);
	struct klua_chunk *chunk = klua_compile(klua, text, strlen(text), "=shared");
	struct klua *other = klua_create(&default_limits);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, chunk);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	KUNIT_EXPECT_GT(test, klua_chunk_size(chunk), 0);
	KUNIT_EXPECT_EQ(test, klua_run(klua, chunk), -EINVAL);
	KUNIT_EXPECT_EQ(test, klua_run(klua, chunk), -EINVAL);
	KUNIT_EXPECT_STREQ(test, klua_error(klua), "shared:1: call 2");
	KUNIT_EXPECT_EQ(test, klua_run(other, chunk), -EINVAL);
	KUNIT_EXPECT_STREQ(test, klua_error(other), "shared:1: call 1");
	klua_free(other);
	klua_chunk_free(chunk);
}

static void klua_text_may_hold_anything(struct kunit *test)
{
	struct klua *klua = make(test);

	KUNIT_EXPECT_EQ(test, run_script(klua, "", 0), 0);
	KUNIT_EXPECT_EQ(test, run_script(klua, "x = 'a\0b' assert(#x == 3)", 25), 0);
	KUNIT_EXPECT_EQ(test, run_script(klua, "\0", 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, run_script(klua, "x = 1 \0", 7), -EINVAL);
	KUNIT_EXPECT_TRUE(test, strstarts(klua_error(klua), LINE));
}

static int call_global(lua_State *L)
{
	const char *name = lua_touserdata(L, 1);

	lua_getglobal(L, name);
	lua_call(L, 0, 0);
	return 0;
}

static void klua_call_keeps_what_the_script_defined(struct kunit *test)
{
	struct klua *klua = make(test);

	KUNIT_EXPECT_EQ(test, run(klua, "local n = 0\n"
				  "function count() n = n + 1 assert(n < 3, 'third') end"), 0);
	KUNIT_EXPECT_EQ(test, klua_call(klua, call_global, "count"), 0);
	KUNIT_EXPECT_EQ(test, klua_call(klua, call_global, "count"), 0);
	KUNIT_EXPECT_EQ(test, klua_call(klua, call_global, "count"), -EINVAL);
	KUNIT_EXPECT_STREQ(test, klua_error(klua), "test:2: third");
	KUNIT_EXPECT_EQ(test, klua_call(klua, call_global, "missing"), -EINVAL);
	KUNIT_EXPECT_STREQ(test, klua_error(klua), "attempt to call a nil value");
}

static int call_nested(lua_State *L)
{
	int *err = lua_touserdata(L, 1);

	*err = klua_call(klua_of(L), call_global, "print");
	return 0;
}

static void klua_call_does_not_nest(struct kunit *test)
{
	struct klua *klua = make(test);
	int err = 0;

	KUNIT_EXPECT_EQ(test, klua_call(klua, call_nested, &err), 0);
	KUNIT_EXPECT_EQ(test, err, -EBUSY);
}

static void klua_each_call_has_its_own_budget(struct kunit *test)
{
	struct klua *klua = make(test);
	struct klua_limits less = default_limits;

	KUNIT_EXPECT_EQ(test, run(klua, "function work() for i = 1, 400000 do end end"), 0);
	for (int i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, klua_call(klua, call_global, "work"), 0);
	less.max_instructions = 1000;
	klua_set_limits(klua, &less);
	KUNIT_EXPECT_EQ(test, klua_call(klua, call_global, "work"), -ETIME);
	KUNIT_EXPECT_STREQ(test, klua_error(klua), "test:1: instruction limit (1000) reached");
	klua_set_limits(klua, &default_limits);
	KUNIT_EXPECT_EQ(test, klua_call(klua, call_global, "work"), 0);
}

static bool other_ran;

static void run_other(struct work_struct *work)
{
	WRITE_ONCE(other_ran, true);
}

static DECLARE_WORK(other, run_other);

static int has_other_run(lua_State *L)
{
	lua_pushboolean(L, READ_ONCE(other_ran));
	return 1;
}

static int open_other(lua_State *L)
{
	lua_pushcfunction(L, has_other_run);
	return 1;
}

/* Where the kernel does not preempt itself only the script can let others run. */
static void klua_lets_others_run(struct kunit *test)
{
	static const struct klua_lib libs[] = { { "other", open_other }, { } };
	struct klua_limits more = default_limits;
	struct klua *klua = make(test);

	more.max_instructions = 1000000000;
	klua_set_limits(klua, &more);
	klua_set_libs(klua, libs);
	other_ran = false;
	/* both on one CPU */
	migrate_disable();
	schedule_work_on(raw_smp_processor_id(), &other);
	KUNIT_EXPECT_EQ_MSG(test, run(klua, "local ran = require 'other' while not ran() do end"),
			    0, "%s", klua_error(klua));
	migrate_enable();
	flush_work(&other);
}

static void klua_fatal_signal_ends_a_call_at_once(struct kunit *test)
{
	struct klua *klua = make(test);
	int err;

	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	err = run(klua, "while true do pcall(error) end");
	flush_signals(current);
	disallow_signal(SIGKILL);
	KUNIT_EXPECT_EQ(test, err, -EINTR);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(klua_error(klua), "interrupted by a fatal signal"),
			      "%s", klua_error(klua));
	/* what is looked for signals after, and what one instruction may have owed */
	KUNIT_EXPECT_LE(test, klua_instructions(klua), 1500);
	KUNIT_EXPECT_EQ(test, run(klua, "x = 1"), 0);
}

static int charge_script(lua_State *L)
{
	klua_charge(L, lua_tointeger(L, 1));
	return 0;
}

static int open_charge(lua_State *L)
{
	lua_pushcfunction(L, charge_script);
	return 1;
}

static void klua_c_code_charges_the_script(struct kunit *test)
{
	static const struct klua_lib libs[] = { { "charge", open_charge }, { } };
	struct klua *klua = make(test);

	klua_set_libs(klua, libs);
	KUNIT_EXPECT_EQ(test, run(klua, "require 'charge'(900000)"), 0);
	KUNIT_EXPECT_EQ(test, run(klua, "require 'charge'(1100000)"), -ETIME);
}

static int opened;

static int open_lib(lua_State *L)
{
	opened++;
	lua_newtable(L);
	lua_pushinteger(L, 42);
	lua_setfield(L, -2, "answer");
	return 1;
}

static const struct klua_lib one_lib[] = { { "lib", open_lib }, { } };

static void require_opens_a_library_once(struct kunit *test)
{
	struct klua *klua = make(test);

	opened = 0;
	klua_set_libs(klua, one_lib);
	KUNIT_EXPECT_EQ(test, opened, 0);
	KUNIT_EXPECT_EQ(test, run(klua, "assert(require('lib').answer == 42)"), 0);
	KUNIT_EXPECT_EQ(test, run(klua, "assert(require 'lib' == require 'lib')"), 0);
	KUNIT_EXPECT_EQ(test, opened, 1);
	KUNIT_EXPECT_EQ(test, run(klua, "require 'charge'"), -EINVAL);
}

/* It counts how often it is opened, and has its own lines in errors. */
static const char lib_in_lua[] =
	"opened = (opened or 0) + 1\n"
	"return { name = ..., fail = function()\n"
	"error 'on purpose' end }";

static void library_may_be_a_chunk(struct kunit *test)
{
	struct klua_lib libs[] = { { .name = "inlua" }, { } };
	struct klua *other = make(test), *klua = make(test);
	struct klua_chunk *chunk;

	chunk = klua_compile(other, lib_in_lua, strlen(lib_in_lua), "=inlua");
	klua_free(other);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, chunk);
	libs[0].chunk = chunk;
	klua_set_libs(klua, libs);
	KUNIT_EXPECT_EQ(test, run(klua, "assert(require('inlua').name == 'inlua')"), 0);
	KUNIT_EXPECT_EQ(test, run(klua, "assert(require 'inlua' == require 'inlua')"), 0);
	KUNIT_EXPECT_EQ(test, run(klua, "assert(opened == 1)"), 0);
	KUNIT_EXPECT_EQ(test, run(klua, "require('inlua').fail()"), -EINVAL);
	KUNIT_EXPECT_STREQ(test, klua_error(klua), "inlua:3: on purpose");
	klua_chunk_free(chunk);
}

static void library_that_fails_is_opened_again(struct kunit *test)
{
	static const char text[] = "if not ready then error 'not ready' end return 'lib'";
	struct klua_lib libs[] = { { .name = "late" }, { } };
	struct klua *klua = make(test);
	struct klua_chunk *chunk = klua_compile(klua, text, strlen(text), "=late");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, chunk);
	libs[0].chunk = chunk;
	klua_set_libs(klua, libs);
	KUNIT_EXPECT_EQ(test, run(klua, "require 'late'"), -EINVAL);
	KUNIT_EXPECT_STREQ(test, klua_error(klua), "late:1: not ready");
	KUNIT_EXPECT_EQ(test, run(klua, "ready = true assert(require 'late' == 'lib')"), 0);
	klua_chunk_free(chunk);
}

static void keep_line(struct klua *klua, const char *text, size_t len)
{
	strscpy((char *)klua_private(klua), text, 64);
}

static void klua_print_goes_to_the_owner(struct kunit *test)
{
	struct klua *klua = make(test);
	char line[64] = "";

	KUNIT_EXPECT_EQ(test, run(klua, "print('dropped')"), 0);
	klua_set_private(klua, line);
	klua_set_print(klua, keep_line);
	KUNIT_EXPECT_EQ(test, run(klua, "print('a', 1, nil, true)"), 0);
	KUNIT_EXPECT_STREQ(test, line, "a\t1\tnil\ttrue");
	KUNIT_EXPECT_EQ(test, run(klua, "print(setmetatable({}, {\n"
				  "__tostring = function() return 'x' end }))"), 0);
	KUNIT_EXPECT_STREQ(test, line, "x");
}

static void klua_addresses_are_hashed(struct kunit *test)
{
	struct klua *klua = make(test);
	char line[64] = "";
	unsigned long value;

	klua_set_private(klua, line);
	klua_set_print(klua, keep_line);
	KUNIT_EXPECT_EQ(test, run(klua, "print((tostring({}):gsub('table: ', '')))"), 0);
	/* early in a boot there may be no random numbers to hash with */
	if (strstr(line, "ptrval"))
		return;
	KUNIT_ASSERT_EQ_MSG(test, kstrtoul(line, 16, &value), 0, "%s", line);
	/* a hash has 32 bits, an address of a block more */
	KUNIT_EXPECT_LE(test, value, U32_MAX);
}

static void klua_memory_is_counted(struct kunit *test)
{
	struct klua *klua = make(test);
	size_t before = klua_memory(klua);

	KUNIT_EXPECT_GT(test, before, 4096);
	KUNIT_EXPECT_EQ(test, run(klua, "x = ('x'):rep(50000)"), 0);
	KUNIT_EXPECT_GE(test, klua_memory(klua), before + 50000);
	KUNIT_EXPECT_EQ(test, run(klua, "x = nil collectgarbage()"), 0);
	KUNIT_EXPECT_LE(test, klua_memory(klua), before + 4096);
	kunit_info(test, "a fresh sandbox: %zu bytes of memory\n", before);
}

static void klua_pool_is_shared(struct kunit *test)
{
	/* large blocks are whole pages: enough of them for one string and the work on it */
	struct klua_pool pool = { .max = SZ_128K + 6 * (PAGE_SIZE - SZ_4K) };
	struct klua_limits limits = default_limits;
	char take[32], refusal[80];
	struct klua *one, *two;

	snprintf(take, sizeof(take), "x = ('x'):rep(%lu)", pool.max / 16 * 5);
	snprintf(refusal, sizeof(refusal),
		 "test:1: memory limit of all states (%lu bytes) reached", pool.max);
	limits.pool = &pool;
	limits.max_memory = SZ_1M;
	one = klua_create(&limits);
	two = klua_create(&limits);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, one);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, two);
	KUNIT_EXPECT_EQ(test, run(one, take), 0);
	KUNIT_EXPECT_EQ(test, run(two, take), -ENOMEM);
	KUNIT_EXPECT_STREQ(test, klua_error(two), refusal);
	KUNIT_EXPECT_GE(test, atomic_long_read(&pool.used),
			(long)(klua_memory(one) + klua_memory(two)));
	KUNIT_EXPECT_LE(test, atomic_long_read(&pool.used), (long)pool.max);

	/* what one gives back the other can have */
	klua_free(one);
	KUNIT_EXPECT_EQ_MSG(test, run(two, take), 0, "%s", klua_error(two));
	pool.max = 1;
	KUNIT_EXPECT_PTR_EQ(test, klua_create(&limits), ERR_PTR(-ENOMEM));
	klua_free(two);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&pool.used), 0);
}

static void klua_instructions_are_those_of_the_last_call(struct kunit *test)
{
	struct klua *klua = make(test);

	KUNIT_EXPECT_EQ(test, run(klua, "for i = 1, 10000 do end"), 0);
	KUNIT_EXPECT_GE(test, klua_instructions(klua), 10000);
	KUNIT_EXPECT_LE(test, klua_instructions(klua), 11000);
	KUNIT_EXPECT_EQ(test, run(klua, "x = 1"), 0);
	KUNIT_EXPECT_GE(test, klua_instructions(klua), 1);
	/* and perhaps a step of the collector */
	KUNIT_EXPECT_LE(test, klua_instructions(klua), 1000);
	KUNIT_EXPECT_EQ(test, run(klua, "while true do end"), -ETIME);
	KUNIT_EXPECT_EQ(test, klua_instructions(klua), default_limits.max_instructions);
}

static void klua_stack_of_lua_is_bounded(struct kunit *test)
{
	struct klua_limits more = default_limits;
	struct klua *klua = make(test);

	more.max_memory = SZ_16M;
	more.max_instructions = 100000000;
	klua_set_limits(klua, &more);
	KUNIT_EXPECT_EQ(test, run(klua, "local function f() return 1 + f() end f()"), -EINVAL);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(klua_error(klua), LINE "stack overflow"),
			      "%s", klua_error(klua));
	KUNIT_EXPECT_EQ(test, run(klua, "x = select('#', table.unpack({}, 1, 90000))"), 0);
	KUNIT_EXPECT_EQ(test, run(klua, "x = select('#', table.unpack({}, 1, 100000))"), -EINVAL);
	KUNIT_EXPECT_STREQ(test, klua_error(klua), LINE "too many results to unpack");
}

static void klua_too_small_a_limit_is_refused(struct kunit *test)
{
	struct klua_limits tiny = { .max_memory = 1000, .max_instructions = 1000 };
	struct klua *klua;

	for (; tiny.max_memory < SZ_64K; tiny.max_memory += 1000) {
		klua = klua_create(&tiny);
		if (!IS_ERR(klua))
			break;
		KUNIT_ASSERT_EQ(test, PTR_ERR(klua), -ENOMEM);
	}
	KUNIT_EXPECT_FALSE(test, IS_ERR(klua));
	klua_free(klua);
}

static void klua_creation_survives_any_failed_allocation(struct kunit *test)
{
	struct klua *klua;
	long n = 0;

	do {
		klua = klua_create_failing(&default_limits, ++n);
		if (IS_ERR(klua))
			KUNIT_ASSERT_EQ(test, PTR_ERR(klua), -ENOMEM);
		KUNIT_ASSERT_LT(test, n, 2000);
	} while (IS_ERR(klua));
	klua_free(klua);
	kunit_info(test, "%ld allocations make a sandbox\n", n - 1);
}

/* For the text, and for the chunk */
static void script_that_does_not_fit_is_an_error_of_memory(struct kunit *test)
{
	static const char line[] = "function f() return 'a', 'b', {} end\n";
	struct klua_limits less = default_limits;
	struct klua *klua = make(test);
	const size_t len = strlen(line);
	struct klua_chunk *chunk;
	char *text = kunit_kzalloc(test, 200 * len + 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (int i = 0; i < 200; i++)
		memcpy(text + i * len, line, len);
	chunk = klua_compile(klua, text, 200 * len, "=test");
	KUNIT_ASSERT_FALSE(test, IS_ERR(chunk));
	KUNIT_EXPECT_EQ(test, run(klua, "collectgarbage()"), 0);

	less.max_memory = klua_memory(klua) + SZ_8K;
	klua_set_limits(klua, &less);
	KUNIT_EXPECT_EQ(test, run(klua, text), -ENOMEM);
	KUNIT_EXPECT_NOT_NULL(test, strstr(klua_error(klua), "memory limit"));
	KUNIT_EXPECT_EQ(test, klua_run(klua, chunk), -ENOMEM);
	KUNIT_EXPECT_NOT_NULL(test, strstr(klua_error(klua), "memory limit"));
	klua_set_limits(klua, &default_limits);
	KUNIT_EXPECT_EQ(test, klua_run(klua, chunk), 0);
	klua_chunk_free(chunk);
}

static void klua_scripts_survive_any_failed_allocation(struct kunit *test)
{
	static const char text[] =
		"local t = {} for i = 1, 40 do t[i] = ('%d'):format(i) .. ('x'):rep(100) end\n"
		"local s = table.concat(t, ',') s = s:gsub('x+', function(x) return x:upper() end)\n"
		"local co = coroutine.wrap(function(...) coroutine.yield(select('#', ...)) error('e') end)\n"
		"co(table.unpack(t)) pcall(co) setmetatable(t, { __index = function() return {} end })\n"
		"local function f(n) return n == 0 and t.x or f(n - 1) and {} end f(50)\n"
		"assert(load('return ' .. ('{'):rep(5) .. ('}'):rep(5)))()";
	struct klua *klua;
	long n = 0;
	int err;

	do {
		klua = klua_create(&default_limits);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, klua);
		klua_fail_after(klua, ++n);
		err = run(klua, text);
		klua_fail_after(klua, 0);
		/* load() returns the message; assert() makes an error of it */
		KUNIT_EXPECT_TRUE_MSG(test, !err || err == -ENOMEM ||
				      strstr(klua_error(klua), "not enough memory"),
				      "%d: %s", err, klua_error(klua));
		KUNIT_EXPECT_EQ(test, run(klua, "collectgarbage()"), 0);
		klua_free(klua);
	} while (err && n < 20000);
	KUNIT_EXPECT_EQ(test, err, 0);
}

/* What a subsystem does with a sandbox; each step may run out of memory. */
static int step_compile(struct klua *klua)
{
	static const char text[] =
		"local a, b = { 'x', y = 1 }, [[a long string, of more than forty bytes, really]]\n"
		"local function f(...) local t = { ... } return function() return t, a, b end end\n"
		"goto out do f(1) end ::out:: for k, v in pairs(a) do a[k] = b .. v end return f";
	struct klua_chunk *chunk = klua_compile(klua, text, strlen(text), "=test");

	klua_chunk_free(chunk);
	return PTR_ERR_OR_ZERO(chunk);
}

static int step_call(struct klua *klua)
{
	return klua_call(klua, call_global, "work");
}

static int step_error(struct klua *klua)
{
	int err = klua_call(klua, call_global, "fail");

	/* the message needs memory, too */
	return err == -EINVAL && strstr(klua_error(klua), "on purpose") ? 0 : err;
}

static int step_catch(struct klua *klua)
{
	return klua_call(klua, call_global, "catch");
}

static int step_coroutine(struct klua *klua)
{
	return klua_call(klua, call_global, "generate");
}

static int step_overflow(struct klua *klua)
{
	int err = klua_call(klua, call_global, "recurse");

	return err == -EINVAL && strstr(klua_error(klua), "overflow") ? 0 : err;
}

static int step_require(struct klua *klua)
{
	klua_set_libs(klua, one_lib);
	return klua_call(klua, call_global, "need");
}

static const struct step {
	const char *desc;
	int (*run)(struct klua *klua);
} steps[] = {
	{ "compile", step_compile },
	{ "call", step_call },
	{ "error", step_error },
	{ "catch", step_catch },
	{ "coroutine", step_coroutine },
	{ "C stack overflow", step_overflow },
	{ "require", step_require },
};

static void step_desc(const struct step *step, char *desc)
{
	strscpy(desc, step->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(steps, steps, step_desc);

static const char steps_script[] =
	"function work() local t = {} for i = 1, 40 do t[i] = ('%d'):format(i) .. ('x'):rep(100)\n"
	"end return table.concat(t, ','):gsub('x+', string.upper) end\n"
	"function fail() error('failed ' .. ('x'):rep(50) .. ' on purpose') end\n"
	"function catch() for i = 1, 5 do xpcall(fail, function(m) return m .. i end) end end\n"
	"function generate() for v in coroutine.wrap(function() for i = 1, 9 do\n"
	"coroutine.yield(('x'):rep(i * 9)) end end) do work() end end\n"
	"function recurse() local ok, m = pcall(recurse) error(m, 0) end\n"
	"function need() assert(require('lib').answer == 42) end\n";

/* A failure is reported, and leaves a sandbox that works. */
static void klua_survives_any_failed_allocation(struct kunit *test)
{
	const struct step *step = test->param_value;
	struct klua *klua = make(test);
	long n = 0;
	int err;

	KUNIT_ASSERT_EQ(test, run(klua, steps_script), 0);
	do {
		KUNIT_ASSERT_EQ(test, run(klua, "collectgarbage()"), 0);
		klua_fail_after(klua, ++n);
		err = step->run(klua);
		klua_fail_after(klua, 0);
		KUNIT_EXPECT_TRUE_MSG(test, !err || err == -ENOMEM ||
				      strstr(klua_error(klua), "not enough memory"),
				      "allocation %ld: %d: %s", n, err, klua_error(klua));
	} while (err && n < 3000);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_GT(test, n, 1);
	kunit_info(test, "%ld allocations\n", n - 1);
}

/* Closing needs no memory. */
static void klua_is_freed_without_memory(struct kunit *test)
{
	struct klua *klua = klua_create(&default_limits);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, klua);
	KUNIT_EXPECT_EQ(test, run(klua, "t = {} for i = 1, 500 do t[i] = { i .. '' } end\n"
				  "co = coroutine.wrap(function() coroutine.yield() end) co()"), 0);
	klua_fail_after(klua, 1);
	klua_free(klua);
}

static const char *const hungry[] = {
	"local s = 'x' while true do s = s .. s .. 'y' end",
	"local t = {} while true do t[#t + 1] = #t end",
	"local t = {} while true do t['k' .. #t] = 1 t[#t + 1] = {} end",
	"local t = {} while true do t[#t + 1] = coroutine.create(print) end",
	"local t = {} while true do t[#t + 1] = function() return t end end",
	"local function f() return 1 + f() end f()",
	("table.concat(setmetatable({}, { __len = function() return 1 << 40 end,\n"
	 "__index = function() return ('x'):rep(77) end }))"),
	"assert(load(function() return 'x = { 1, \"y\" } ' end))",
	"while true do pcall(string.rep, 'x', 1 << 20) end",
};

/* At no moment does a state hold a byte more, while a block moves least of all. */
static void klua_never_exceeds_its_memory(struct kunit *test)
{
	struct klua_limits limits = { .max_instructions = 100000 };

	for (int i = 0; i < ARRAY_SIZE(hungry); i++) {
		for (limits.max_memory = 30011; limits.max_memory < SZ_128K;
		     limits.max_memory += 45007) {
			struct klua *klua = klua_create(&limits);
			int err;

			KUNIT_ASSERT_NOT_ERR_OR_NULL(test, klua);
			err = run(klua, hungry[i]);
			KUNIT_EXPECT_NE_MSG(test, err, 0, "%s", hungry[i]);
			KUNIT_EXPECT_LE_MSG(test, klua->peak, limits.max_memory, "%s", hungry[i]);
			/* and it was near: the limit is what ended it */
			if (err == -ENOMEM)
				KUNIT_EXPECT_GE(test, klua->peak, limits.max_memory / 3);
			klua_free(klua);
		}
	}
}

static void klua_any_budget_ends_a_script_cleanly(struct kunit *test)
{
	static const char text[] =
		"local t = {} for i = 1, 20 do t[i] = ('x'):rep(i * 30) end\n"
		"pcall(string.rep, 'x') local s = table.concat(t):gsub('x', '%0y')\n"
		"coroutine.wrap(function() pcall(coroutine.yield) error('x') end)() table.sort(t)";
	struct klua_limits limits = default_limits;
	struct klua *klua = make(test);
	int err;

	for (u64 n = 0; n < 60000; n += 173) {
		limits.max_instructions = n;
		klua_set_limits(klua, &limits);
		err = run(klua, text);
		KUNIT_ASSERT_TRUE_MSG(test, !err || err == -ETIME,
				      "%llu: %d: %s", n, err, klua_error(klua));
	}
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, run(klua, "collectgarbage()"), 0);
}

static void klua_message_is_that_of_the_error(struct kunit *test)
{
	static const char text[] = "local n = 0 for i = 1, 10 do n = n + i end error('why')";
	struct klua_limits limits = default_limits;
	struct klua *klua = make(test);
	struct klua_chunk *chunk = klua_compile(klua, text, strlen(text), "=test");
	int err;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, chunk);
	/* one of them is spent just when the error has been raised */
	for (u64 n = 0; n < 2000; n++) {
		limits.max_instructions = n;
		klua_set_limits(klua, &limits);
		err = klua_run(klua, chunk);
		KUNIT_EXPECT_TRUE_MSG(test, strstr(klua_error(klua), err == -ETIME ?
						   "instruction limit" : "why"),
				      "%llu: %d: %s", n, err, klua_error(klua));
	}
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	klua_chunk_free(chunk);
}

static void klua_creation_cost(struct kunit *test)
{
	ktime_t start = ktime_get();
	const int rounds = 50;

	for (int i = 0; i < rounds; i++) {
		struct klua *klua = klua_create(&default_limits);

		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, klua);
		klua_free(klua);
	}
	kunit_info(test, "%lld ns make and free a sandbox\n",
		   ktime_to_ns(ktime_sub(ktime_get(), start)) / rounds);
}

static struct kunit_case klua_cases[] = {
	KUNIT_CASE_PARAM(klua_script_works, working_gen_params),
	KUNIT_CASE_PARAM_ATTR(klua_script_is_refused, refused_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE(klua_chunk_runs_in_any_sandbox),
	KUNIT_CASE(klua_text_may_hold_anything),
	KUNIT_CASE(klua_call_keeps_what_the_script_defined),
	KUNIT_CASE(klua_call_does_not_nest),
	KUNIT_CASE(klua_each_call_has_its_own_budget),
	KUNIT_CASE(klua_lets_others_run),
	KUNIT_CASE(klua_fatal_signal_ends_a_call_at_once),
	KUNIT_CASE(klua_c_code_charges_the_script),
	KUNIT_CASE(require_opens_a_library_once),
	KUNIT_CASE(library_may_be_a_chunk),
	KUNIT_CASE(library_that_fails_is_opened_again),
	KUNIT_CASE(klua_print_goes_to_the_owner),
	KUNIT_CASE(klua_addresses_are_hashed),
	KUNIT_CASE(klua_memory_is_counted),
	KUNIT_CASE(klua_pool_is_shared),
	KUNIT_CASE(klua_instructions_are_those_of_the_last_call),
	KUNIT_CASE_SLOW(klua_stack_of_lua_is_bounded),
	KUNIT_CASE(klua_too_small_a_limit_is_refused),
	KUNIT_CASE_SLOW(klua_creation_survives_any_failed_allocation),
	KUNIT_CASE(script_that_does_not_fit_is_an_error_of_memory),
	KUNIT_CASE_SLOW(klua_scripts_survive_any_failed_allocation),
	KUNIT_CASE_PARAM_ATTR(klua_survives_any_failed_allocation, steps_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE(klua_is_freed_without_memory),
	KUNIT_CASE_SLOW(klua_never_exceeds_its_memory),
	KUNIT_CASE_SLOW(klua_any_budget_ends_a_script_cleanly),
	KUNIT_CASE(klua_message_is_that_of_the_error),
	KUNIT_CASE(klua_creation_cost),
	{ }
};

static struct kunit_suite klua_suite = {
	.name = "klua",
	.exit = klua_exit,
	.test_cases = klua_cases,
};

kunit_test_suite(klua_suite);

MODULE_DESCRIPTION("KUnit tests for Lua");
MODULE_LICENSE("GPL");
