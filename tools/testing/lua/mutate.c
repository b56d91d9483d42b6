// SPDX-License-Identifier: GPL-2.0
/*
 * New inputs. Bytes that change at random rarely make Lua, so most of the time
 * something is written by a grammar: a statement, or an expression in place of a
 * word, or a statement around some lines.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <linux/array_size.h>

#include "fuzz.h"

#define TEXT_SIZE	8192
#define DEPTH		5

struct text {
	size_t len;
	char bytes[TEXT_SIZE];
};

static unsigned long long state;

static unsigned int below(unsigned int n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % n;
}

/* The grammar. A '$' and a letter stand for any of the rules with that letter. */
static const char *const statements[] = {
	"local $v = $e", "$v = $e", "$v, $v = $e, $e", "$v.$v = $e", "$v[$e] = $e",
	"local $v, $v = $e", "$c", "print($e)", "error($e)", "return $e",
	"if $e then $b elseif $e then $b else $b end", "while $e do $b end",
	"for i = $n, $n do $b end", "for i = $n, $e, $n do $b end",
	"for k, v in pairs($e) do $b end", "for k, v in next, $e, $e do $b end",
	"for w in ($s):gmatch($p) do $b end", "for p, c in utf8.codes($s) do $b end",
	"repeat $b until $e", "do $b end", "::l:: $b goto l", "goto l $b ::l::", "break",
	"local function $v($v, ...) $b end", "function $v($v) $b end",
	"function process(a, ...) $b return $e end", "pcall(function() $b end)",
	"xpcall(function() $b end, $f)",
	"local co = coroutine.wrap(function(...) $b coroutine.yield($e) $b end) $v = co($e) co($e)",
	"local co = coroutine.create($f) coroutine.resume(co, $e) $v = coroutine.status(co)",
	"setmetatable($v, { $m = $f, $m = $e })", "$v = setmetatable({}, { $m = $f })",
	"getmetatable('').$m = $f", "table.sort($e, $f)", "load([==[ $b ]==])()",
	"for i = 1, $n do $v[i] = $e end", "for i = 1, 200 do $v = $v .. $s end",
	"$v = $v or {}", "assert($e, $e)", "_ENV = $e", "local _ENV = { a = $e }",
	"setmetatable(_G, { $m = $f })", "string.$v = $e", "a[$n], a[$n] = $e, nil",
};

static const char *const blocks[] = {
	"$S", "$S $S", "$S $S $S", "", "return $e",
};

static const char *const expressions[] = {
	"nil", "true", "...", "$n", "$n", "$s", "$s", "{}", "$t", "$v", "$v", "$v", "$f", "$c",
	"$c", "($e)", "$e $o $e", "$e $o $e", "- $e", "not $e", "#$e", "~$e", "$v.$v", "$v[$e]",
	"$v($e, $e)", "$v:$v($e)", "select($n, $e, ...)", "$e and $e or $e", "_G", "_ENV",
};

static const char *const tables[] = {
	"{ $e, $e }", "{ $e, x = $e, [$e] = $e }", "{ $e, ... }", "{ $v, $v, 3, 2, 1 }",
	"setmetatable({ $e }, { $m = $f })", "{ n = $n, $s, $s }",
	"setmetatable({}, { __mode = 'kv' })",
	"setmetatable({}, { __len = function() return $n end, __index = $f })",
};

static const char *const functions[] = {
	"function(...) $b end", "function(a, b) $b return $e end", "function() return $e end",
	"function(a, b) return a < b end", "print", "error", "pcall", "tostring", "next",
	"type", "coroutine.yield", "coroutine.wrap(function(...) $b end)", "string.rep",
	"table.concat", "setmetatable", "load", "$v", "table.unpack", "string.gsub",
	"collectgarbage",
};

static const char *const calls[] = {
	"string.rep($s, $n, $s)", "($s):rep($n)", "($s):find($p, $n)",
	"($s):find($s, $n, true)", "($s):match($p, $n)", "($s):gsub($p, $s)",
	"($s):gsub($p, $e, $n)", "($s):gsub($p, $f)", "($s):sub($n, $n)", "($s):byte($n, $n)",
	"string.char($n, $n)", "($s):upper():lower()", "($s):reverse()", "($s):len()",
	"string.format($F, $e, $e, $e)", "string.format($F, $n, $s, $n)",
	"string.pack($k, $n, $e, $s)", "string.unpack($k, $s, $n)", "string.packsize($k)",
	"string.unpack($k, string.pack($k, $n, $n, $s))", "table.concat($e, $s, $n, $n)",
	"table.concat($t)", "table.unpack($t, $n, $n)", "table.pack($e, $e)",
	"table.move($e, $n, $n, $n, $e)", "table.insert($e, $n, $e)", "table.insert($e, $e)",
	"table.remove($e, $n)", "table.sort($t, $f)", "table.sort($t)", "select('#', $e, ...)",
	"tostring($e)", "tonumber($e)", "tonumber($s, $n)", "type($e)", "next($e, $e)",
	"rawset($t, $e, $e)", "rawget($e, $e)", "rawlen($e)", "rawequal($e, $e)",
	"pcall($f, $e)", "pcall($e)", "xpcall($f, $f, $e)", "load($s)", "load($f)",
	"load($s, $s, 't', $e)", "assert(load($s))()", "require $s", "require('string').$v",
	"collectgarbage()", "collectgarbage('step', $n)", "collectgarbage('count')",
	"utf8.char($n, $n)", "utf8.codepoint($s, $n, $n)", "utf8.len($s, $n, $n)",
	"utf8.offset($s, $n, $n)", "math.random($n)", "math.random($n, $n)", "math.max($n, $e)",
	"math.fmod($n, $n)", "math.tointeger($e)", "math.type($e)", "math.ult($n, $n)",
	"math.abs($n)", "coroutine.wrap($f)($e)", "coroutine.resume($e, $e)",
	"coroutine.yield($e)", "coroutine.isyieldable()", "coroutine.running()",
	"coroutine.status($e)", "getmetatable($e)", "setmetatable($e, $e)",
	"setmetatable($e, { $m = $f })",
};

static const char *const numbers[] = {
	"0", "1", "2", "3", "-1", "-2", "7", "10", "16", "36", "64", "100", "255", "256",
	"1000", "5000", "65536", "1 << 31", "1 << 32", "1 << 62", "-(1 << 63)", "0x7fffffff",
	"0x10ffff", "0x7fffffffffffffff", "math.maxinteger", "math.mininteger", "#$v", "$e",
};

static const char *const strings[] = {
	"''", "'a'", "'abc'", "'a,b;c'", "'x = 1'", "'return ...'", "'\\0'", "'\\xff\\x80'",
	"'\\u{20ac}'", "'12'", "'0x1F'", "' -7 '", "'%d'", "[[\n]]", "('x'):rep($n)",
	"('ab('):rep(50)", "'k'", "'n'", "'\\27Lua'", "('('):rep(300)",
	"'0123456789012345678901234567890123456789x'", "tostring($e)", "'*t'", "'#'",
	"'return {' .. ('1,'):rep(60) .. '}'", "$s .. $s", "$v",
};

static const char *const patterns[] = {
	"'$q'", "'$q$q'", "'$q$q$q$q'", "'^$q$q'", "'$q$q$$'", "$s",
};

static const char *const pieces[] = {
	".", "a", "%a", "%d*", "%s+", ".-", "(.-)", "()", "(", ")", "[a-z]", "[^%s]*", "[]]",
	"[%a-]", "[a", "%b()", "%bxx", "%f[%w]", "%1", "%2", "%0", "x?", ".*", "%", "%%", "-",
	"*", "(a(b)c)", "[^]", "%z", "\\0",
};

static const char *const formats[] = {
	"'%d'", "'%5.3d|%-9x|%#o'", "'%s'", "'%q'", "'%99.99s'", "'%c%c%c'", "'%i %u'",
	"'%20.10s'", "'%%'", "'%f'", "'%a'", "'%'", "'%p'", "'%-+ #0d'", "'%100d'", "'%.100d'",
	"'%s%s%s%s%s%s'", "'%5'", "$s",
};

static const char *const packings[] = {
	"'i4'", "'<i8>I2=j'", "'s1'", "'s4z'", "'!8i1i8'", "'i16'", "'I17'", "'i0'", "'Xi4'",
	"'c10'", "'c$n'", "'b B h H l L J T'", "'z'", "'x'", "'!16Xi16'", "'d'", "'!3i4'",
	"'c0'", "'s'", "'X'", "'c99999999999'", "' '",
};

static const char *const names[] = {
	"a", "b", "c", "t", "s", "f", "g", "n", "i", "x", "k", "v", "self", "print", "process",
	"string", "table", "pairs",
};

static const char *const metamethods[] = {
	"__index", "__newindex", "__call", "__len", "__eq", "__lt", "__le", "__concat", "__add",
	"__unm", "__bnot", "__shl", "__idiv", "__mod", "__tostring", "__name", "__pairs",
	"__mode", "__metatable", "__div",
};

static const char *const operators[] = {
	"+", "-", "*", "//", "%", "..", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or",
	"&", "|", "~", "<<", ">>", "/", "^",
};

#define RULES(letter_, rules_, leaf_) \
	{ letter_, ARRAY_SIZE(rules_), rules_, leaf_ }

static const struct rules {
	char letter;
	unsigned int n;
	const char *const *rules;
	/* what it is when there is no room for more */
	const char *leaf;
} grammar[] = {
	RULES('S', statements, "a = 1"),
	RULES('b', blocks, ""),
	RULES('e', expressions, "a"),
	RULES('t', tables, "{ 1 }"),
	RULES('f', functions, "print"),
	RULES('c', calls, "f()"),
	RULES('n', numbers, "2"),
	RULES('s', strings, "'s'"),
	RULES('p', patterns, "'.'"),
	RULES('q', pieces, "."),
	RULES('F', formats, "'%s'"),
	RULES('k', packings, "'i4'"),
	RULES('v', names, "a"),
	RULES('m', metamethods, "__index"),
	RULES('o', operators, "+"),
};

static const struct rules *find_rules(char letter)
{
	for (int i = 0; i < ARRAY_SIZE(grammar); i++) {
		if (grammar[i].letter == letter)
			return &grammar[i];
	}
	return NULL;
}

static void put(struct text *text, const char *bytes, size_t len)
{
	if (len > sizeof(text->bytes) - text->len)
		len = sizeof(text->bytes) - text->len;
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

static void expand(struct text *text, const char *rule, int depth)
{
	for (; *rule; rule++) {
		const struct rules *rules = *rule == '$' ? find_rules(rule[1]) : NULL;

		if (!rules) {
			put(text, rule, 1);
			/* "$$" */
			rule += *rule == '$' && rule[1] == '$';
			continue;
		}
		rule++;
		expand(text, depth && text->len < TEXT_SIZE / 2 ?
		       rules->rules[below(rules->n)] : rules->leaf, depth - !!depth);
	}
}

/* The start of some line, or the end of all. */
static size_t some_line(const char *bytes, size_t len)
{
	size_t at = len ? below(len + 1) : 0;

	while (at > 0 && at < len && bytes[at - 1] != '\n')
		at--;
	return at;
}

static bool is_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* A word, from some place on; at the end there is an empty one. */
static void some_word(const char *bytes, size_t len, size_t *from, size_t *to)
{
	*from = len ? below(len) : 0;
	while (*from < len && !is_word(bytes[*from]))
		++*from;
	while (*from > 0 && is_word(bytes[*from - 1]))
		--*from;
	for (*to = *from; *to < len && is_word(bytes[*to]); ++*to)
		;
}

static void swap_if_greater(size_t *a, size_t *b)
{
	if (*a > *b) {
		size_t c = *a;

		*a = *b;
		*b = c;
	}
}

static void replace_word(struct text *out, const char *old, size_t len)
{
	static const char *const by[] = { "$e", "$n", "$s", "$v", "$c", "$t", "$f" };
	size_t from, to;

	some_word(old, len, &from, &to);
	put(out, old, from);
	expand(out, by[below(ARRAY_SIZE(by))], 1 + below(DEPTH));
	put(out, old + to, len - to);
}

static void insert_statement(struct text *out, const char *old, size_t len)
{
	size_t at = some_line(old, len);

	put(out, old, at);
	expand(out, "$S\n", 1 + below(DEPTH));
	put(out, old + at, len - at);
}

static void wrap_lines(struct text *out, const char *old, size_t len)
{
	static const char *const around[][2] = {
		{ "pcall(function(...)\n", "end)\n" },
		{ "coroutine.wrap(function(...)\n", "end)($e)\n" },
		{ "for i = 1, $n do\n", "end\n" },
		{ "local function f(...)\n", "end f($e)\n" },
		{ "function f(...)\n", "end\n" },
		{ "assert(load([===[\n", "]===]))()\n" },
		{ "xpcall(function()\n", "end, function(m) $b end)\n" },
		{ "while $e do\n", "end\n" },
		{ "setmetatable({}, { $m = function(...)\n", "end })\n" },
		{ "table.sort({ 3, 1, 2, 4 }, function(a, b)\n", "end)\n" },
		{ "('abc'):gsub('.', function(a)\n", "end)\n" },
	};
	unsigned int i = below(ARRAY_SIZE(around));
	size_t from = some_line(old, len), to = some_line(old, len);

	swap_if_greater(&from, &to);
	put(out, old, from);
	expand(out, around[i][0], 2);
	put(out, old + from, to - from);
	expand(out, around[i][1], 2);
	put(out, old + to, len - to);
}

static void repeat_lines(struct text *out, const char *old, size_t len)
{
	size_t from = some_line(old, len), to = some_line(old, len);

	swap_if_greater(&from, &to);
	put(out, old, to);
	put(out, old + from, len - from);
}

static void remove_lines(struct text *out, const char *old, size_t len)
{
	size_t from = some_line(old, len), to = some_line(old, len);

	swap_if_greater(&from, &to);
	put(out, old, from);
	put(out, old + to, len - to);
}

/* Any bytes, by libFuzzer: this is where the dictionary is used. */
static void change_bytes(struct text *out, const char *old, size_t len)
{
	put(out, old, len);
	out->len = LLVMFuzzerMutate((u8 *)out->bytes, out->len, TEXT_SIZE);
}

static void (*const mutations[])(struct text *out, const char *old, size_t len) = {
	replace_word, replace_word, replace_word, insert_statement, insert_statement, wrap_lines,
	repeat_lines, remove_lines, change_bytes,
};

static size_t header_of(const u8 *data, size_t size)
{
	return size >= FUZZ_HEADER && !memcmp(data, FUZZ_MARK, strlen(FUZZ_MARK)) ? FUZZ_HEADER : 0;
}

/* Most settings stay what they usually are, or too much would fail at once. */
static void put_header(struct text *out, const u8 *data, size_t size)
{
	char header[FUZZ_HEADER + 1] = FUZZ_MARK "caaaaaa\n";
	char *settings = header + strlen(FUZZ_MARK);

	if (header_of(data, size))
		memcpy(settings, data + strlen(FUZZ_MARK), FUZZ_SETTINGS);
	if (!below(4)) {
		unsigned int i = below(FUZZ_SETTINGS);

		settings[i] = i == FUZZ_MODE || below(2) ? 'a' + below(26) : 'a';
	}
	put(out, header, FUZZ_HEADER);
}

static size_t finish(const struct text *out, u8 *data, size_t max)
{
	size_t size = out->len < max ? out->len : max;

	memcpy(data, out->bytes, size);
	return size;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max, unsigned int seed)
{
	static struct text out, text;
	size_t header = header_of(data, size);

	state = seed;
	out.len = 0;
	put_header(&out, data, size);
	text.len = 0;
	mutations[below(ARRAY_SIZE(mutations))]
		(&text, (const char *)data + header, size - header);
	put(&out, text.bytes, text.len);
	return finish(&out, data, max);
}

size_t LLVMFuzzerCustomCrossOver(const u8 *data1, size_t size1, const u8 *data2, size_t size2,
				 u8 *result, size_t max, unsigned int seed)
{
	static struct text out;
	size_t header1 = header_of(data1, size1), header2 = header_of(data2, size2);
	const char *other = (const char *)data2 + header2;
	size_t at, from, to;

	state = seed;
	out.len = 0;
	put_header(&out, data1, size1);
	at = header1 + some_line((const char *)data1 + header1, size1 - header1);
	from = some_line(other, size2 - header2);
	to = some_line(other, size2 - header2);
	swap_if_greater(&from, &to);
	put(&out, (const char *)data1 + header1, at - header1);
	put(&out, other + from, to - from);
	put(&out, (const char *)data1 + at, size1 - at);
	return finish(&out, result, max);
}
