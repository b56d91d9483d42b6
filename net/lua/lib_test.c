// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the libraries that scripts require(): that each of them can be loaded, and
 * that the worst input that a peer can send is read within the limits of a script.
 * What they say of good and bad input is tested on sockets.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/lua.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "lua_ulp.h"

static const struct klua_limits usual = {
	.max_memory = SZ_1M,
	.max_instructions = 1000000,
};

static int setup(struct kunit *test)
{
	struct klua *klua = lua_hook_sandbox(&init_net, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(klua));
	klua_set_limits(klua, &usual);
	test->priv = klua;
	return 0;
}

static void teardown(struct kunit *test)
{
	lua_hook_sandbox_free(test->priv);
}

static int run(struct kunit *test, const char *script)
{
	struct klua_chunk *chunk;
	int err;

	chunk = klua_compile(test->priv, script, strlen(script), "=test");
	if (IS_ERR(chunk))
		return PTR_ERR(chunk);
	err = klua_run(test->priv, chunk);
	klua_chunk_free(chunk);
	return err;
}

static void expect_runs(struct kunit *test, const char *script)
{
	KUNIT_EXPECT_EQ_MSG(test, 0, run(test, script), "%s: %s", script,
			    klua_error(test->priv));
}

/* What a library takes: in C next to nothing; a small one may fit into what is left of a
 * page where pointers are short.
 */
enum library_size { IN_C, SMALL, LARGE };

struct library {
	const char *name;
	const char *function;
	enum library_size size;
};

/* Each with one of its functions */
static const struct library libraries[] = {
	{ "conn", "handler", LARGE },
	{ "data", "new", IN_C },
	{ "dns", "message", SMALL },
	{ "http", "request", LARGE },
	{ "resp", "command", SMALL },
	{ "ssh", "identification", SMALL },
	{ "time", "wall", IN_C },
	{ "tls", "hello", LARGE },
};

KUNIT_ARRAY_PARAM_DESC(library, libraries, name);

static const char *script_for(struct kunit *test, const char *format)
{
	const struct library *lib = test->param_value;
	char *script = kunit_kzalloc(test, 512, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, script);
	snprintf(script, 512, format, lib->name, lib->function);
	return script;
}

static void library_loads(struct kunit *test)
{
	expect_runs(test, script_for(test, "lib = require '%s' assert(lib.%s)"));
	expect_runs(test, script_for(test, "assert(require '%s' == lib)"));
	KUNIT_EXPECT_LE(test, klua_instructions(test->priv), 1000);
}

static void library_loads_in_a_coroutine(struct kunit *test)
{
	expect_runs(test, script_for(test, "local co = coroutine.wrap(require)\n"
					   "assert(co('%s').%s)"));
}

/* A script that has broken its globals gets no library, or one; and can go on. */
static void script_without_globals_harms_itself(struct kunit *test)
{
	expect_runs(test, script_for(test, "local require, pcall, type = require, pcall, type\n"
					   "local all = _G for name in pairs(all) do all[name] = nil end\n"
					   "local ok, lib = pcall(require, '%s')\n"
					   "if ok and type(lib.%s) ~= 'function' then lib() end"));
}

static void library_needs_memory_and_can_be_tried_again(struct kunit *test)
{
	const struct klua_limits less = {
		.max_memory = klua_memory(test->priv) + 1024,
		.max_instructions = usual.max_instructions,
	};
	const struct library *lib = test->param_value;
	int err;

	klua_set_limits(test->priv, &less);
	err = run(test, script_for(test, "pcall(function() while true do kept = { kept } end end)\n"
					 "require '%s'"));
	if (err || lib->size > (IS_ENABLED(CONFIG_64BIT) ? IN_C : SMALL))
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
	klua_set_limits(test->priv, &usual);
	expect_runs(test, script_for(test, "kept = nil assert(require('%s').%s)"));
}

struct hostile {
	const char *desc;
	const char *library;
	const char *script;
};

/*
 * rep() makes long texts in few instructions. A script fails if the library does not
 * answer as it must.
 */
#define REP								\
	"local function rep(s, n)\n"					\
	"    local t = s\n"						\
	"    while #t * 2 <= #s * n do t = t .. t end\n"		\
	"    return t .. t:sub(1, #s * n - #t)\n"			\
	"end\n"								\
	"local function is(wanted, result, why)\n"			\
	"    if why ~= wanted or not why and not result then error(why or 'good') end\n" \
	"end\n"								\
	"local head = 'GET / HTTP/1.1\\r\\nHost: h\\r\\n'\n"

static const struct hostile hostiles[] = {
	{ "fields as long as they may be", "http",
	  "is(nil, lib.request(head .. rep('A: ' .. rep('b ', 154) .. '\\r\\n', 99) ..\n"
	  "'\\r\\n'))" },
	{ "fields of white space", "http",
	  "is(nil, lib.request(head .. rep('A: ' .. rep('b  \\t', 75) .. rep(' ', 8) ..\n"
	  "'\\r\\n', 99) .. '\\r\\n'))" },
	{ "fields of tabs", "http",
	  "is(nil, lib.request(head .. rep('A: b' .. rep('\\t', 300) .. 'c\\r\\n', 99) ..\n"
	  "'\\r\\n'))" },
	{ "fields of long names", "http",
	  "is(nil, lib.request(head .. rep(rep('~', 128) .. ': ' .. rep('b', 180) .. '\\r\\n', 99) ..\n"
	  "'\\r\\n'))" },
	{ "a target of escapes", "http",
	  "is(nil, lib.request('GET /' .. rep('%41', 2700) .. ' HTTP/1.0\\r\\n\\r\\n'))" },
	{ "a target of marks", "http",
	  "is(nil, lib.request('GET /' .. rep('=', 8100) .. ' HTTP/1.0\\r\\n\\r\\n'))" },
	{ "a request line of spaces", "http",
	  "is('malformed request line', lib.request(rep('a ', 4000) .. '\\r\\n'))" },
	{ "the same field many times", "http",
	  "is('too many fields', lib.request(head .. rep('a:\\r\\n', 50000)))" },
	{ "no end of a line", "http",
	  "is('the line is too long', lib.request(rep('a', 200000)))" },
	{ "chunks of a byte", "http",
	  "assert(lib.body { body = 'chunked' }(rep('1\\r\\na\\r\\n', 30000)) > 8000)" },
	{ "a trailer of white space", "http",
	  "assert(lib.body { body = 'chunked' }('0\\r\\n' .. rep('A: ' .. rep(' ', 70) ..\n"
	  "'\\r\\n', 99) .. '\\r\\n') > 7000)" },
	{ "as many arguments as there may be", "resp",
	  "is(nil, lib.command('*1024\\r\\n' ..\n"
	  "rep('$56\\r\\n' .. rep('a', 56) .. '\\r\\n', 1024)))" },
	{ "as many words as there may be", "resp",
	  "is(nil, lib.command(rep('a ', 511) .. '\\r\\n'))" },
	{ "no end of a command", "resp",
	  "is('the line is too long', lib.command(rep('a ', 100000)))" },
	{ "lines before the string", "ssh",
	  "is('too many lines before the string', lib.identification(rep(rep('a', 253) ..\n"
	  "'\\r\\n', 1000), true))" },
	{ "no end of the string", "ssh",
	  "is('the line is too long', lib.identification('SSH-2.0-' .. rep('a', 200000)))" },
	{ "a name of many labels", "dns",
	  "is(nil, lib.message(string.pack('>s2', '\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0' ..\n"
	  "rep('\\1\\0', 127) .. '\\0\\0\\1\\0\\1' .. rep('a', 65000))))" },
	{ "records of a byte", "tls",
	  "is('too many records', lib.hello('\\22\\3\\1\\0\\4\\1\\0\\32\\0' ..\n"
	  "rep('\\22\\3\\1\\0\\1\\0', 9000)))" },
	{ "as many extensions as there may be", "tls",
	  "local list = {}\n"
	  "for i = 1, 512 do list[i] = string.pack('>I2s2', i + 999, rep('x', 20)) end\n"
	  "local body = '\\3\\3' .. rep('r', 32) .. '\\0' .. string.pack('>s2', rep('\\0\\5', 512)) ..\n"
	  "    '\\1\\0' .. string.pack('>s2', table.concat(list))\n"
	  "is(nil, lib.hello('\\22\\3\\1' ..\n"
	  "    string.pack('>s2', '\\1' .. string.pack('>s3', body))))" },
};

KUNIT_ARRAY_PARAM_DESC(hostile, hostiles, desc);

static void worst_input_is_read_within_the_limits(struct kunit *test)
{
	const struct hostile *hostile = test->param_value;
	char *script = kunit_kzalloc(test, SZ_4K, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, script);
	snprintf(script, SZ_4K, REP "local lib = require '%s'\n%s", hostile->library,
		 hostile->script);
	KUNIT_EXPECT_EQ_MSG(test, 0, run(test, script), "%s", klua_error(test->priv));
	kunit_info(test, "%llu instructions\n", klua_instructions(test->priv));
}

static struct kunit_case lib_cases[] = {
	KUNIT_CASE_PARAM(library_loads, library_gen_params),
	KUNIT_CASE_PARAM(library_loads_in_a_coroutine, library_gen_params),
	KUNIT_CASE_PARAM(script_without_globals_harms_itself, library_gen_params),
	KUNIT_CASE_PARAM(library_needs_memory_and_can_be_tried_again, library_gen_params),
	KUNIT_CASE_PARAM(worst_input_is_read_within_the_limits, hostile_gen_params),
	{}
};

static struct kunit_suite lib_suite = {
	.name = "lua_lib",
	.init = setup,
	.exit = teardown,
	.test_cases = lib_cases,
};

kunit_test_suites(&lib_suite);
