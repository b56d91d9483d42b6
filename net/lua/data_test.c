// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what a script sees and says: the data object over received buffers
 * of every shape, and the verdicts that a hook's answers become. No socket is
 * needed for that.
 */
#include <kunit/test.h>
#include <linux/lua.h>
#include <linux/module.h>

#include "received_test.h"

KUNIT_ARRAY_PARAM_DESC(shape, received_shapes, desc);

/* Every statement must hold for every shape. */
static const char * const statements[] = {
	"#d == size and #d == 30",
	"tostring(d) == 'GET / HTTP/1.1\\r\\nHost: here\\r\\n\\r\\n'",
	"tostring(d:segment(4, 1)) == '/'",
	"tostring(d:segment(16)) == 'Host: here\\r\\n\\r\\n'",
	"tostring(d:segment()) == tostring(d)",
	"#d:segment(0, 255) == 30",
	"#d:segment(30) == 0 and tostring(d:segment(30)) == ''",
	"d:segment(31) == nil",
	"d:segment(math.maxinteger) == nil",
	"#d:segment(0, math.maxinteger) == 30",
	"#d:segment(29, math.maxinteger) == 1",
	"tostring(d:segment(6, 8):segment(5, 99)) == '1.1'",
	"d:segment(6, 8):segment(9) == nil",
	"tostring(d:segment(20, 4)) == ': he' and tostring(d:segment(2, 4)) == 'T / '",
	"not pcall(d.segment, d, -1)",
	"not pcall(d.segment, d, 0, -1)",
	"not pcall(d.segment, 'text', 0)",
	"not pcall(d.segment, io, 0)",
	"getmetatable(d) == 'data'",
	"not pcall(setmetatable, d, {})",
	"not pcall(rawset, d, 'x', 1)",
	"tostring(data.new('abc')) == 'abc' and #data.new('') == 0",
	"tostring(data.new(3)) == '\\0\\0\\0'",
	"tostring(data.new('a\\0b'):segment(1)) == '\\0b'",
	"data.new{ 0, 255, 65 }:equals('\\0\\255A') and #data.new{} == 0",
	"#data.new(setmetatable({}, { __len = function() return 9 end })) == 0",
	"not pcall(data.new, { 256 }) and not pcall(data.new, { -1 })",
	"not pcall(data.new, { '1' }) and not pcall(data.new, { 1, {} })",
	"not pcall(data.new, -1)",
	"not pcall(data.new, true)",
	"not pcall(data.new, math.maxinteger)",

	/* as the functions of strings */
	"same('byte') and same('byte', -1) and same('byte', 3, 9)",
	"same('byte', 0, -1) and same('byte', -99, 99) and same('byte', 31)",
	"same('sub', 1) and same('sub', 5, 7) and same('sub', -4, -2)",
	"same('sub', math.mininteger, math.maxinteger) and same('sub', 9, 8)",
	"same('find', 'HTTP') and same('find', '\\n\\r') and same('find', 'x')",
	"same('find', 'e', 20) and same('find', 'e', -3) and same('find', 'h', -99)",
	"same('find', '') and same('find', '', 31) and same('find', '', 32)",
	"same('find', '1.1', 1, true) and same('find', '%d', 1, true)",
	"same('find', tostring(d)) and same('find', tostring(d) .. '!')",
	"same('find', '(%a+): (%a+)') and same('find', '^GET()') and same('find', '^ET')",
	"same('find', '\\n$') and same('find', '%f[%d]1', 10)",
	"same('match', '^(%u+) (%S+)') and same('match', '()r()', 18)",
	"same('match', '[^\\r]*$') and same('match', '.', 31)",
	"same('find', '(') and same('match', '%') and same('find', {})",
	"all(d:gmatch('%w+')) == all(tostring(d):gmatch('%w+'))",
	"all(d:gmatch('()\\r\\n')) == '15:27:29:'",
	"d:segment(16, 4):find('s', -2) == 3 and d:segment(16, 4):match('^H.*') == 'Host'",
	"not pcall(d.find, 'text', 't') and not pcall(d.match, io, 't')",
	"backwards(d) == tostring(d):reverse()",

	/* comparison */
	"d:equals(tostring(d)) and not d:equals('GET') and not d:equals('')",
	"d:equals(d) and d:segment(4, 1):equals(data.new('/'))",
	"not d:segment(0, 3):equals('GeT') and d:segment(30):equals('')",
	"d == d:segment() and d == data.new(tostring(d)) and d ~= d:segment(1)",
	"d ~= tostring(d) and d ~= sk and not pcall(d.equals, d, 1)",

	/* fields */
	"d:layout{ x = { 0, 8 } } == d and d.x == 71 and d.y == nil and d[1] == nil",
	"d:layout{ x = { 4, 8 } }.x == 0x74 and d:layout{ x = { 239, 1 } }.x == 0",
	"d:layout{ x = { 0, 64 } }.x == ('>i8'):unpack(tostring(d))",
	"d:layout{ x = { 0, 64, nil, 'little' } }.x == ('<i8'):unpack(tostring(d))",
	"d:layout{ x = { 24, 24, endian = 'host' } }.x == ('=I3'):unpack(tostring(d), 4)",
	"d:layout{ x = { 24, 24, 'number', 'net' } }.x == ('>I3'):unpack(tostring(d), 4)",
	"d:layout{ x = { 25, 63 } }.x == ('>I8'):unpack(tostring(d), 4) & (1 << 63) - 1",
	"d:layout{ x = { 4, 16, 'number', 'little' } }.x == 0x5574",
	"d:layout{ s = { 6, 8, 'string' } }.s == 'HTTP/1.1'",
	"d:layout{ s = { offset = 0, length = 30, type = 'string' } }.s == tostring(d)",
	"d:layout{ s = { 0, 31, 'string' } }.s == nil and d:layout{ x = { 233, 8 } }.x == nil",
	"d:layout{ x = { math.maxinteger, 64 } }.x == nil",
	"d:layout(data.layout{ x = { 0, 8 } }).x == 71 and d:segment().x == nil",
	"d:layout{ x = { 0, 8 } } and d:layout{ y = { 8, 8 } }.y == 69 and d.x == nil",
	"not pcall(d.layout, d) and not pcall(d.layout, d, 'x')",
	"not pcall(d.layout, d, { find = { 0, 8 } }) and d:find('GET') == 1",
	"not pcall(d.layout, d, { x = { 0, 0 } })",
	"not pcall(d.layout, d, { x = { 0, 65 } })",
	"not pcall(d.layout, d, { x = { -1, 8 } }) and not pcall(d.layout, d, { x = 8 })",
	"not pcall(d.layout, d, { x = { 0, 9, 'number', 'host' } })",
	"getmetatable(data.layout{}) == 'data.layout' and not pcall(rawset, data.layout{}, 1, 1)",
};

/* What the statements call */
static const char helpers[] =
	"local data = require 'data'\n"
	"local function show(...)\n"
	"  local t = table.pack(...)\n"
	"  for i = 1, t.n do t[i] = tostring(t[i]) end\n"
	"  return table.concat(t, ':') end\n"
	"local function all(f)\n"
	"  local t = '' for x in f do t = t .. x .. ':' end return t end\n"
	"local function backwards(d)\n"
	"  local t = '' for i = #d, 1, -1 do t = t .. d:sub(i, i) end return t end\n"
	"function process(d, size)\n"
	"  local function same(f, ...)\n"
	"    local text = tostring(d)\n"
	"    local ok, s = pcall(function(...) return show(string[f](text, ...)) end, ...)\n"
	"    local ok2, s2 = pcall(function(...) return show(d[f](d, ...)) end, ...)\n"
	"    return ok == ok2 and (not ok or s == s2) end\n";

static void statements_hold(struct kunit *test)
{
	struct lua_verdict verdict;
	const size_t size = 2048;
	char *script = kunit_kmalloc(test, size, GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, script);
	received_put(test, test->param_value);
	for (i = 0; i < ARRAY_SIZE(statements); i++) {
		snprintf(script, size, "%s return %s end", helpers, statements[i]);
		received_load(test, script);
		KUNIT_ASSERT_EQ_MSG(test, 0, received_judge(test, &verdict), "%s",
				    statements[i]);
		KUNIT_EXPECT_EQ_MSG(test, verdict.action, LUA_PASS, "%s",
				    statements[i]);
		kfree(verdict.reason);
	}
}

static void segment_outlives_its_parent(struct kunit *test)
{
	struct lua_verdict verdict;

	received_put(test, &received_shapes[0]);
	received_load(test, "local data = require 'data'\n"
		   "function process()\n"
		   "  local part = data.new(('x'):rep(5000)):segment(4000, 3)\n"
		   "  for i = 1, 50 do local s = ('y'):rep(5000) end\n"
		   "  return tostring(part) == 'xxx'\n"
		   "end");
	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_EXPECT_EQ(test, verdict.action, LUA_PASS);
}

/* Ways to keep received data beyond its call. */
struct kept {
	const char *desc;
	const char *script;
};

static const struct kept kept[] = {
	{ "in a global",
	  "function process(d) if k then return #k > 0 end k = d:segment(0) return true end" },
	{ "in an upvalue",
	  "local k function process(d)\n"
	  "  if k then return tostring(k) end k = d:segment(0) return true end" },
	{ "as the end of it",
	  "function process(d) if k then return #k > 0 end k = d:segment(1) return true end" },
	{ "to cut a segment",
	  "function process(d)\n"
	  "  if k then return k:segment(0) end k = d:segment(0) return true end" },
	{ "in a coroutine",
	  "local co function process(d)\n"
	  "  if co then return select(2, assert(coroutine.resume(co))) end\n"
	  "  co = coroutine.create(function(x) coroutine.yield() return #x end)\n"
	  "  coroutine.resume(co, d:segment(0)) return true end" },
	{ "to search it",
	  "function process(d) if k then return k:find('x') end k = d:segment(0) return true end" },
	{ "to match it",
	  "function process(d) if k then return k:match('x') end\n"
	  "k = d:segment(0) return not k:match('x') end" },
	{ "to read a field",
	  "function process(d) if k then return k.x end\n"
	  "k = d:segment(0):layout{ x = { 0, 8 } } return k.x == 71 end" },
	{ "to write one",
	  "function process(d) if k then k.x = 1 return true end\n"
	  "k = d:segment(0):layout{ x = { 0, 8 } } return true end" },
	{ "to compare it",
	  "function process(d) if k then return k == d end k = d:segment(0) return true end" },
	{ "to return it",
	  "function process(d) if k then return true, k end k = d:segment(0) return true end" },
};

KUNIT_ARRAY_PARAM_DESC(kept, kept, desc);

static void data_is_dead_after_its_call(struct kunit *test)
{
	const struct kept *way = test->param_value;
	struct received *rcv = test->priv;
	struct lua_verdict verdict;

	received_put(test, &received_shapes[2]);
	received_load(test, way->script);
	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_EXPECT_EQ(test, verdict.action, LUA_PASS);

	KUNIT_EXPECT_EQ(test, -EINVAL, received_judge(test, &verdict));
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(klua_error(rcv->klua), "data is gone"),
				  "%s", klua_error(rcv->klua));
}

/* The hook's own object is dead between two calls, and serves each of them. */
static void data_is_the_same_object_in_each_call(struct kunit *test)
{
	struct lua_verdict verdict;

	received_put(test, &received_shapes[2]);
	received_load(test, "local k function process(d, n)\n"
			    "  if not k then k = d:layout{ x = { 0, 8 } } return k.x == 71 end\n"
			    "  assert(rawequal(k, d) and #k == n)\n"
			    "  return k.x == nil end");
	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_EXPECT_EQ(test, verdict.action, LUA_PASS);
}

static void data_is_dead_after_a_failed_call(struct kunit *test)
{
	struct received *rcv = test->priv;
	struct lua_verdict verdict;

	received_put(test, &received_shapes[0]);
	received_load(test, "function process(d)\n"
			    "    if k then return #k > 0 end k = d error('stop') end");
	KUNIT_EXPECT_EQ(test, -EINVAL, received_judge(test, &verdict));
	KUNIT_EXPECT_STREQ(test, klua_error(rcv->klua), "test:2: stop");
	KUNIT_EXPECT_EQ(test, -EINVAL, received_judge(test, &verdict));
	KUNIT_EXPECT_NOT_NULL(test, strstr(klua_error(rcv->klua), "data is gone"));
}

/*
 * struct answer - what a hook returns, and what becomes of it
 * @desc: what that is
 * @returns: the results
 * @err: of the call
 * @action: of the verdict
 * @len: its number of bytes; of a replacement, those of @text
 * @text: a replacement, a reason, or part of the error's message
 * @left: bytes of the data that a replacement leaves
 */
struct answer {
	const char *desc;
	const char *returns;
	int err;
	enum lua_action action;
	u32 len;
	const char *text;
	u32 left;
};

static const struct answer answers[] = {
	{ "true", "true", 0, LUA_PASS, RECEIVED_LEN },
	{ "true and nil", "true, nil", 0, LUA_PASS, RECEIVED_LEN },
	{ "true and 0", "true, 0", 0, LUA_PASS, 0 },
	{ "true and a part", "true, 14", 0, LUA_PASS, 14 },
	{ "true and all", "true, size", 0, LUA_PASS, RECEIVED_LEN },
	{ "true and too many", "true, size + 1", -EINVAL, .text = "passed 31 of 30" },
	{ "true and a negative number", "true, -1", -EINVAL, .text = "passed -1 of 30" },
	{ "true and a table", "true, {}", -EINVAL, .text = "true and a table" },
	{ "true and true", "true, true", -EINVAL, .text = "true and a boolean" },
	{ "true and a function", "true, error", -EINVAL, .text = "true and a function" },
	{ "true and a socket", "true, sk", -EINVAL,
	  .text = "true and a userdata: expected number, string or data" },
	{ "true and a layout", "true, require('data').layout{}", -EINVAL,
	  .text = "true and a userdata" },
	{ "a string", "true, 'short'", 0, LUA_REPLACE, 5, "short" },
	{ "an empty string", "true, ''", 0, LUA_REPLACE, 0, "" },
	{ "a string with NUL", "true, 'a\\0b'", 0, LUA_REPLACE, 3, "a\0b" },
	{ "data", "true, d:segment(0, 3)", 0, LUA_REPLACE, 3, "GET" },
	{ "new data", "true, require('data').new('new')", 0, LUA_REPLACE, 3, "new" },
	{ "a part and a string", "true, 14, 'x'", 0, LUA_REPLACE, 1, "x", .left = 16 },
	{ "a part and an empty string", "true, 14, ''", 0, LUA_REPLACE, 0, "", .left = 16 },
	{ "a part and data", "true, 5, d:segment(0, 3)", 0, LUA_REPLACE, 3, "GET", .left = 25 },
	{ "nothing and a string", "true, 0, 'x'", 0, LUA_REPLACE, 1, "x", .left = 30 },
	{ "too many and a string", "true, 31, 'x'", -EINVAL, .text = "passed 31 of 30" },
	{ "a part and a number", "true, 14, 7", 0, LUA_PASS, 14 },
	{ "a part and a table", "true, 14, {}", 0, LUA_PASS, 14 },
	{ "a part and a socket", "true, 14, sk", -EINVAL,
	  .text = "a number and a userdata: expected string or data" },
	{ "a string and a part", "true, 'x', 14", 0, LUA_REPLACE, 1, "x" },
	{ "drop", "drop", 0, LUA_DROP, RECEIVED_LEN },
	{ "drop of a part", "drop, 14", 0, LUA_DROP, 14 },
	{ "drop of too many", "drop, 31", -EINVAL, .text = "dropped 31 of 30" },
	{ "pass", "pass()", 0, LUA_PASS, RECEIVED_LEN },
	{ "more", "more(5)", 0, LUA_MORE, RECEIVED_LEN + 5 },
	{ "more of nothing", "more(0)", -EINVAL, .text = "out of range" },
	{ "a yield", "coroutine.yield()", -EINVAL, .text = "attempt to yield" },
	{ "false", "false", 0, LUA_REFUSE, .text = "the script refused the data" },
	{ "nil", "nil", 0, LUA_REFUSE, .text = "the script refused the data" },
	{ "nothing", "", 0, LUA_REFUSE, .text = "the script refused the data" },
	{ "false and a reason", "false, 'too ugly'", 0, LUA_REFUSE, .text = "too ugly" },
	{ "a number", "1", -EINVAL, .text = "returned a number" },
	{ "a string alone", "'true'", -EINVAL, .text = "returned a string" },
	{ "an error", "error('no')", -EINVAL, .text = "no" },
	{ "an error that is nil", "error(nil)", -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(answer, answers, desc);

static void check_subst(struct kunit *test, struct lua_verdict *verdict,
			const struct answer *answer)
{
	struct sk_buff *skb = skb_peek(&verdict->subst);
	char text[32];

	KUNIT_EXPECT_EQ(test, RECEIVED_LEN - answer->left, verdict->len);
	KUNIT_EXPECT_EQ(test, answer->len, verdict->subst_len);
	if (!answer->len) {
		KUNIT_EXPECT_NULL(test, skb);
		return;
	}
	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_EQ(test, skb->len, answer->len);
	KUNIT_ASSERT_EQ(test, 0, skb_copy_bits(skb, 0, text, skb->len));
	KUNIT_EXPECT_MEMEQ(test, text, answer->text, answer->len);
	__skb_queue_purge(&verdict->subst);
}

static void answer_becomes_a_verdict(struct kunit *test)
{
	const struct answer *answer = test->param_value;
	struct received *rcv = test->priv;
	struct lua_verdict verdict;
	char script[128];

	received_put(test, &received_shapes[3]);
	snprintf(script, sizeof(script),
		 "function process(d, size, nonblock, sk) return %s end",
		 answer->returns);
	received_load(test, script);
	KUNIT_ASSERT_EQ(test, answer->err, received_judge(test, &verdict));
	if (answer->err) {
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(klua_error(rcv->klua),
						       answer->text ?: ""),
					  "%s", klua_error(rcv->klua));
		return;
	}
	KUNIT_ASSERT_EQ(test, answer->action, verdict.action);
	if (verdict.action == LUA_REFUSE)
		KUNIT_EXPECT_STREQ(test, answer->text, verdict.reason);
	else if (verdict.action == LUA_REPLACE)
		check_subst(test, &verdict, answer);
	else
		KUNIT_EXPECT_EQ(test, answer->len, verdict.len);
	kfree(verdict.reason);
}

static void long_replacement_takes_several_buffers(struct kunit *test)
{
	struct lua_verdict verdict;
	struct sk_buff *skb;
	size_t total = 0;

	received_put(test, &received_shapes[0]);
	received_load(test, "function process() return true, ('0123456789'):rep(20000) end");
	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_ASSERT_EQ(test, verdict.action, LUA_REPLACE);
	KUNIT_EXPECT_EQ(test, verdict.subst_len, 200000);
	KUNIT_EXPECT_EQ(test, skb_queue_len(&verdict.subst),
			DIV_ROUND_UP(200000, MAX_SKB_FRAGS * PAGE_SIZE));
	skb_queue_walk(&verdict.subst, skb)
		total += skb->len;
	KUNIT_EXPECT_EQ(test, total, 200000);
	__skb_queue_purge(&verdict.subst);
}

static void hook_is_kept_from_the_script(struct kunit *test)
{
	struct lua_verdict verdict;

	received_put(test, &received_shapes[0]);
	received_load(test, "function process() process = nil _G.process = nil\n"
		   "setmetatable(_G, {__index = error, __newindex = rawequal}) return true end");
	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_EXPECT_EQ(test, verdict.action, LUA_PASS);
	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_EXPECT_EQ(test, verdict.action, LUA_PASS);
}

static void missing_hook_is_not_bound(struct kunit *test)
{
	struct received *rcv = test->priv;
	struct lua_verdict verdict;

	received_put(test, &received_shapes[0]);
	received_load(test, "number = 1 setmetatable(_G, {__index = function() return print end})\n"
		   "function process() return true, 7 end");
	KUNIT_EXPECT_EQ(test, -ENOENT, lua_hook_bind(rcv->klua, SS_LUA_HOOK_RECEIVE, "number"));
	KUNIT_EXPECT_EQ(test, -ENOENT, lua_hook_bind(rcv->klua, SS_LUA_HOOK_RECEIVE, "missing"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(klua_error(rcv->klua), "'missing'"));

	/* The old one is still there. */
	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_EXPECT_EQ(test, verdict.len, 7);
}

static void endless_hook_is_stopped(struct kunit *test)
{
	struct received *rcv = test->priv;
	struct lua_verdict verdict;

	received_put(test, &received_shapes[0]);
	received_load(test, "function process(d) while true do local s = tostring(d) end end");
	KUNIT_EXPECT_EQ(test, -ETIME, received_judge(test, &verdict));
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(klua_error(rcv->klua), "instruction"),
				  "%s", klua_error(rcv->klua));
}

/* The hook's thread is used again, for the next call as after a failure. */
static void hook_that_waits_goes_on(struct kunit *test)
{
	struct received *rcv = test->priv;
	struct lua_verdict verdict;

	received_put(test, &received_shapes[0]);
	received_load(test, "function process(d, size)\n"
		   "  local part = d:segment(0, 3)\n"
		   "  local n, ended = more(10)\n"
		   "  pass(7)\n"
		   "  return true, tostring(part) .. n .. tostring(ended) .. #d\n"
		   "end");
	rcv->view.len = 20;
	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_ASSERT_EQ(test, verdict.action, LUA_MORE);
	KUNIT_EXPECT_EQ(test, verdict.len, 30);

	rcv->view.len = 30;
	KUNIT_ASSERT_EQ_MSG(test, 0, received_judge(test, &verdict), "%s",
			    klua_error(rcv->klua));
	KUNIT_ASSERT_EQ(test, verdict.action, LUA_REPLACE);
	KUNIT_EXPECT_EQ(test, verdict.pass, 7);
	KUNIT_EXPECT_EQ(test, verdict.subst_len, strlen("GET30false30"));
	__skb_queue_purge(&verdict.subst);

	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_EXPECT_EQ(test, verdict.action, LUA_MORE);
	KUNIT_EXPECT_EQ(test, verdict.len, 40);
}

static void hook_that_failed_can_be_called_again(struct kunit *test)
{
	struct received *rcv = test->priv;
	struct lua_verdict verdict;

	received_put(test, &received_shapes[0]);
	received_load(test, "function process(d, size)\n"
		   "  calls = (calls or 0) + 1\n"
		   "  if calls == 1 then more() error('late') end\n"
		   "  if calls == 2 then while true do end end\n"
		   "  if calls == 3 then local t = {} while true do t = { t } end end\n"
		   "  return true\n"
		   "end");
	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_ASSERT_EQ(test, verdict.action, LUA_MORE);
	KUNIT_EXPECT_EQ(test, -EINVAL, received_judge(test, &verdict));
	KUNIT_EXPECT_STREQ(test, klua_error(rcv->klua), "test:3: late");
	KUNIT_EXPECT_EQ(test, -ETIME, received_judge(test, &verdict));
	KUNIT_EXPECT_EQ(test, -ENOMEM, received_judge(test, &verdict));
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(klua_error(rcv->klua),
					       "test:5: memory limit"),
				  "%s", klua_error(rcv->klua));
	KUNIT_ASSERT_EQ(test, 0, received_judge(test, &verdict));
	KUNIT_EXPECT_EQ(test, verdict.action, LUA_PASS);
}

static struct kunit_case data_cases[] = {
	KUNIT_CASE_PARAM(statements_hold, shape_gen_params),
	KUNIT_CASE(segment_outlives_its_parent),
	KUNIT_CASE_PARAM(data_is_dead_after_its_call, kept_gen_params),
	KUNIT_CASE(data_is_the_same_object_in_each_call),
	KUNIT_CASE(data_is_dead_after_a_failed_call),
	{}
};

static struct kunit_suite data_suite = {
	.name = "lua_data",
	.init = received_init,
	.exit = received_exit,
	.test_cases = data_cases,
};

static struct kunit_case hook_cases[] = {
	KUNIT_CASE_PARAM(answer_becomes_a_verdict, answer_gen_params),
	KUNIT_CASE(long_replacement_takes_several_buffers),
	KUNIT_CASE(hook_is_kept_from_the_script),
	KUNIT_CASE(missing_hook_is_not_bound),
	KUNIT_CASE(endless_hook_is_stopped),
	KUNIT_CASE(hook_that_waits_goes_on),
	KUNIT_CASE(hook_that_failed_can_be_called_again),
	{}
};

static struct kunit_suite hook_suite = {
	.name = "lua_hook",
	.init = received_init,
	.exit = received_exit,
	.test_cases = hook_cases,
};

kunit_test_suites(&data_suite, &hook_suite);

MODULE_DESCRIPTION("KUnit tests for Lua in TCP sockets");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
