// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of dictionaries, as scripts see them: what each method returns, what has
 * to go when there is no room, and that states on all CPUs agree.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/lua.h>
#include <net/net_namespace.h>

#include "lua_ulp.h"

#define LIBRARY	"local shared = require 'shared' "
#define OWN	LIBRARY "local d = shared.script(4096) "

/* An entry with a key and a value of a few bytes: so many fit into 4096. */
#define FULL	"local n = 0 repeat n = n + 1 local ok, e, gone = " \
		"d:set(('%04d'):format(n), 'value') until gone n = n - 1 d:flush() " \
		"for i = 1, n do assert(d:set(('%04d'):format(i), 'value')) end "

/**
 * struct states - two states of one script
 * @code: the script
 * @klua: sandboxes
 * @quota: of their namespace
 * @used: bytes that dictionaries had before
 */
struct states {
	struct lua_code *code;
	struct klua *klua[2];
	struct lua_quota *quota;
	long used;
};

static struct klua *make_state(struct kunit *test, struct lua_code *code)
{
	struct klua *klua = lua_hook_sandbox(&init_net, NULL);
	struct lua_env *env;

	KUNIT_ASSERT_FALSE(test, IS_ERR(klua));
	env = klua_private(klua);
	env->code = code;
	return klua;
}

static int setup(struct kunit *test)
{
	struct states *states = kunit_kzalloc(test, sizeof(*states), GFP_KERNEL);
	struct lua_env *env;

	KUNIT_ASSERT_NOT_NULL(test, states);
	test->priv = states;
	states->code = lua_code_new(0);
	KUNIT_ASSERT_NOT_NULL(test, states->code);
	states->code->owner = GLOBAL_ROOT_UID;
	for (int i = 0; i < ARRAY_SIZE(states->klua); i++)
		states->klua[i] = make_state(test, states->code);
	env = klua_private(states->klua[0]);
	states->quota = env->quota;
	states->used = atomic_long_read(&env->quota->dicts.used);
	return 0;
}

/* Nothing is left of them; the last reference leaves the rest to a work item. */
static void teardown(struct kunit *test)
{
	struct states *states = test->priv;
	struct lua_quota *quota;

	if (!states || !states->quota)
		return;
	quota = states->quota;
	refcount_inc(&quota->ref);
	for (int i = 0; i < ARRAY_SIZE(states->klua); i++)
		lua_hook_sandbox_free(states->klua[i]);
	lua_code_put(states->code);
	for (int i = 0; i < 100; i++) {
		if (atomic_long_read(&quota->dicts.used) == states->used)
			break;
		msleep(20);
	}
	KUNIT_EXPECT_EQ(test, states->used, atomic_long_read(&quota->dicts.used));
	refcount_dec(&quota->ref);
}

static int run(struct klua *klua, const char *script)
{
	struct klua_chunk *chunk = klua_compile(klua, script, strlen(script), "=t");
	int err;

	if (IS_ERR(chunk))
		return PTR_ERR(chunk);
	err = klua_run(klua, chunk);
	klua_chunk_free(chunk);
	return err;
}

#define EXPECT_RUNS(klua, script)					\
	KUNIT_EXPECT_EQ_MSG(test, 0, run(klua, script), "%s",		\
			    klua_error(klua))

/* Each is a story about a dictionary that is empty. */
static const struct {
	const char *desc;
	const char *script;
} stories[] = {
	{ "what is not there is nil",
	  "assert(d:get 'k' == nil and select('#', d:get 'k') == 1)" },
	{ "types come back as they were",
	  "for _, v in ipairs { 1, 0, -1, math.mininteger, '', 'x', '1', 'a\\0b', true } do "
	  "assert(d:set('k', v)) assert(d:get 'k' == v, v) end "
	  "d:set('k', false) assert(d:get 'k' == false)" },
	{ "set says that it has, and that nobody had to go",
	  "local ok, err, gone = d:set('k', 1) "
	  "assert(ok == true and err == nil and gone == false)" },
	{ "set replaces, also by another type",
	  "d:set('k', 'one') d:set('k', 2) assert(d:get 'k' == 2) "
	  "d:set('k', ('x'):rep(1000)) assert(#d:get 'k' == 1000)" },
	{ "set to nil deletes",
	  "d:set('k', 1) assert(d:set('k', nil) == true) assert(d:get 'k' == nil) "
	  "assert(d:set('k', nil) == true)" },
	{ "tables, functions and the like are no values",
	  "for _, v in ipairs { {}, print, coroutine.create(print), d } do "
	  "assert(not pcall(d.set, d, 'k', v)) end assert(d:get 'k' == nil)" },
	{ "a key is a string with any bytes",
	  "d:set('', 1) d:set('\\0', 2) d:set('\\0\\0', 3) "
	  "assert(d:get '' == 1 and d:get '\\0' == 2 and d:get '\\0\\0' == 3)" },
	{ "an integer is a key like the string that it makes",
	  "d:set(7, 'x') assert(d:get '7' == 'x' and d:get(7) == 'x')" },
	{ "nothing else is a key",
	  "for _, k in ipairs { {}, true, print } do assert(not pcall(d.get, d, k)) end "
	  "assert(not pcall(d.get, d) and not pcall(d.set, d, nil, 1))" },
	{ "a key has 1024 bytes at most",
	  "local k = ('k'):rep(1024) assert(d:set(k, 1) and d:get(k) == 1) k = k .. 'k' "
	  "for _, m in ipairs { 'get', 'delete', 'ttl' } do "
	  "local r, e = d[m](d, k) assert(r == nil and e == 'key too long', m) end "
	  "for _, m in ipairs { 'set', 'add', 'replace', 'incr', 'expire' } do "
	  "local r, e = d[m](d, k, 1) assert(r == nil and e == 'key too long', m) end" },
	{ "a long value comes back",
	  "d = shared.dict('long', 1 << 20) "
	  "for _, n in ipairs { 255, 256, 257, 4096, 65536 } do local v = ('x'):rep(n) "
	  "assert(d:set('k', v) and d:get 'k' == v) end "
	  "local r, e = d:set('k', ('x'):rep(65537)) "
	  "assert(r == nil and e == 'value too long' and #d:get 'k' == 65536) "
	  "assert(shared.remove 'long')" },
	{ "add adds once",
	  "assert(d:add('k', 1)) local r, e = d:add('k', 2) "
	  "assert(r == nil and e == 'exists' and d:get 'k' == 1)" },
	{ "replace replaces what is there",
	  "local r, e = d:replace('k', 1) assert(r == nil and e == 'not found') "
	  "assert(d:get 'k' == nil) d:set('k', 1) assert(d:replace('k', 2)) "
	  "assert(d:get 'k' == 2)" },
	{ "add and replace do not take nil",
	  "assert(not pcall(d.add, d, 'k', nil)) "
	  "assert(not pcall(d.replace, d, 'k'))" },
	{ "incr adds",
	  "d:set('k', 40) local r, e, gone = d:incr('k', 2) "
	  "assert(r == 42 and e == nil and gone == false and d:get 'k' == 42) "
	  "assert(d:incr('k', -50) == -8)" },
	{ "incr begins with what it is told to, and only then",
	  "local r, e = d:incr('k', 1) assert(r == nil and e == 'not found') "
	  "assert(d:get 'k' == nil) assert(d:incr('k', 1, 10) == 11) "
	  "assert(d:incr('k', 1, 10) == 12) assert(d:incr('z', 5, 0) == 5)" },
	{ "incr wraps as integers do",
	  "d:set('k', math.maxinteger) assert(d:incr('k', 1) == math.mininteger) "
	  "assert(d:incr('n', -1, math.mininteger) == math.maxinteger)" },
	{ "incr adds to integers",
	  "for _, v in ipairs { 'x', '1', true } do d:set('k', v) "
	  "local r, e = d:incr('k', 1, 0) assert(r == nil and e == 'not a number') "
	  "assert(d:get 'k' == v) end "
	  "assert(not pcall(d.incr, d, 'k', 'x') and not pcall(d.incr, d, 'k'))" },
	{ "incr takes a time with a beginning only",
	  "assert(not pcall(d.incr, d, 'k', 1, nil, 5))" },
	{ "delete deletes, and does not mind",
	  "d:set('k', 1) assert(d:delete 'k' == true and d:get 'k' == nil) "
	  "assert(d:delete 'k' == true)" },
	{ "keys begin with the one used last",
	  "d:set('a', 1) d:set('b', 1) d:set('c', 1) d:get 'a' "
	  "assert(table.concat(d:keys(), ' ') == 'a c b')" },
	{ "keys are at most as many as asked for",
	  "for i = 1, 9 do d:set(i, 1) end assert(#d:keys(4) == 4 and #d:keys(99) == 9) "
	  "assert(#d:keys(0) == 9) assert(not pcall(d.keys, d, -1))" },
	{ "keys are 1024 if nobody says how many",
	  "d = shared.dict('keys', 1 << 20) for i = 1, 1030 do d:set(i, 1) end "
	  "assert(#d:keys() == 1024 and #d:keys(0) == 1030) assert(shared.remove 'keys')" },
	{ "keys of any length come back",
	  "for _, n in ipairs { 0, 1, 2, 3, 700 } do d:set(('k'):rep(n), 1) end "
	  "local k = d:keys() table.sort(k) assert(#k == 5) "
	  "for i, n in ipairs { 0, 1, 2, 3, 700 } do assert(k[i] == ('k'):rep(n)) end" },
	{ "an empty one has no keys",
	  "assert(#d:keys() == 0 and #d:keys(0) == 0)" },
	{ "flush leaves nothing",
	  "for i = 1, 9 do d:set(i, i) end assert(d:flush() == true) "
	  "assert(#d:keys() == 0 and d:get(1) == nil) d:set('k', 1) assert(d:get 'k' == 1)" },
	{ "ttl is 0 for what stays",
	  "d:set('k', 1) assert(d:ttl 'k' == 0) local r, e = d:ttl 'z' "
	  "assert(r == nil and e == 'not found')" },
	{ "ttl is what is left",
	  "d:set('k', 1, 50000) local t = d:ttl 'k' assert(t > 40000 and t <= 50000) "
	  "d:incr('n', 1, 0, 60000) t = d:ttl 'n' assert(t > 50000 and t <= 60000) "
	  "d:incr('n', 1, 0, 10) assert(d:ttl 'n' > 50000)" },
	{ "expire changes it",
	  "d:set('k', 1) assert(d:expire('k', 50000)) assert(d:ttl 'k' > 40000) "
	  "assert(d:expire('k', 0)) assert(d:ttl 'k' == 0) "
	  "local r, e = d:expire('z', 1) assert(r == nil and e == 'not found') "
	  "assert(not pcall(d.expire, d, 'k'))" },
	{ "set without a time forgets the one there was",
	  "d:set('k', 1, 50000) d:set('k', 2) assert(d:ttl 'k' == 0)" },
	{ "times have bounds",
	  "assert(d:set('k', 1, 1 << 42) and d:ttl 'k' > 1 << 41) "
	  "for _, t in ipairs { -1, (1 << 42) + 1, math.mininteger, math.maxinteger, 'x' } do "
	  "assert(not pcall(d.set, d, 'k', 2, t)) end assert(d:get 'k' == 1)" },
	{ "an object is closed to scripts",
	  "assert(getmetatable(d) == 'dictionary') assert(not pcall(setmetatable, d, {})) "
	  "assert(not pcall(function() d.x = 1 end) and d.x == nil) "
	  "assert(not pcall(d.get, {}, 'k') and not pcall(d.get, nil, 'k')) "
	  "assert(not pcall(d.get, sk, 'k'))" },
	{ "the script's is always the same",
	  "d:set('k', 1) assert(shared.script():get 'k' == 1)" },
	{ "sizes have bounds",
	  "for _, s in ipairs { -1, 0, 4095, math.maxinteger, 'x' } do "
	  "assert(not pcall(shared.dict, 'size', s)) "
	  "assert(not pcall(shared.script, s)) end assert(not shared.remove 'size')" },
	{ "names have bounds",
	  "for _, n in ipairs { '', ('n'):rep(64), {} } do assert(not pcall(shared.dict, n)) "
	  "assert(not pcall(shared.remove, n)) end "
	  "local n = ('n'):rep(63) shared.dict(n, 4096) assert(shared.remove(n))" },
	{ "names differ by any byte",
	  "local a, b = shared.dict('a', 4096), shared.dict('a\\0', 4096) "
	  "a:set('k', 1) assert(b:get 'k' == nil and shared.dict 'a':get 'k' == 1) "
	  "assert(shared.remove 'a' and shared.remove 'a\\0' and not shared.remove 'a')" },
	{ "who has what was removed goes on with it, others get a new one",
	  "local a = shared.dict('a', 4096) a:set('k', 1) assert(shared.remove 'a') "
	  "assert(a:get 'k' == 1) local b = shared.dict('a', 4096) "
	  "assert(b:get 'k' == nil and a:get 'k' == 1) assert(shared.remove 'a')" },
	{ "a state has eight with a name",
	  "for i = 1, 8 do shared.dict('n' .. i, 4096) shared.dict('n' .. i, 4096) end "
	  "local ok, e = pcall(shared.dict, 'n9', 4096) "
	  "assert(not ok and e:find('too many dictionaries (8)', 1, true), e) "
	  "assert(not shared.remove 'n9') "
	  "for i = 1, 8 do assert(shared.remove('n' .. i)) end" },
};

KUNIT_ARRAY_PARAM_DESC(story, stories, desc);

static void methods_do_as_documented(struct kunit *test)
{
	const typeof(stories[0]) *story = test->param_value;
	struct states *states = test->priv;
	char *script = kunit_kzalloc(test, 2048, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, script);
	snprintf(script, 2048, "%s%s", OWN, story->script);
	EXPECT_RUNS(states->klua[0], script);
}

static const struct {
	const char *desc;
	const char *script;
} evictions[] = {
	{ "what was used longest ago goes first",
	  "local ok, e, gone = d:set('new', 1) assert(ok and gone == true) "
	  "assert(d:get '0001' == nil and d:get '0002' and d:get 'new' == 1)" },
	{ "reading is using",
	  "d:get '0001' d:set('new', 1) assert(d:get '0001' and d:get '0002' == nil)" },
	{ "so are incr, ttl and expire",
	  "d:set('0001', 1) d:incr('0001', 1) d:ttl '0002' d:expire('0003', 0) d:set('new', 1) "
	  "assert(d:get '0001' and d:get '0002' and d:get '0003' and d:get '0004' == nil)" },
	{ "keys uses nothing",
	  "d:keys(0) d:set('new', 1) assert(d:get '0001' == nil)" },
	{ "add and incr evict, too",
	  "local _, _, gone = d:add('a', 'value') assert(gone) "
	  "_, _, gone = d:incr('i', 1, 0) assert(gone) assert(d:get 'a' and d:get 'i' == 1)" },
	{ "a larger one takes as many as it needs",
	  "local ok, e, gone = d:set('large', ('x'):rep(1000)) assert(ok and gone) "
	  "assert(d:get '0001' == nil and d:get '0002' == nil) "
	  "assert(d:get(('%04d'):format(n)) and #d:get 'large' == 1000)" },
	{ "a value that is replaced makes room for its successor",
	  "for i = 1, n do local ok, e, gone = d:set(('%04d'):format(i), 'other') "
	  "assert(ok and not gone) end assert(#d:keys(0) == n)" },
	{ "replace evicts others, not itself",
	  "assert(d:replace('0001', ('x'):rep(1500))) "
	  "assert(#d:get '0001' == 1500 and d:get '0002' == nil)" },
	{ "what does not fit at all changes nothing",
	  "for _, m in ipairs { 'set', 'add' } do local r, e = d[m](d, 'z', ('x'):rep(4096)) "
	  "assert(r == nil and e == 'no memory') end "
	  "local r, e = d:replace('0001', ('x'):rep(4096)) "
	  "assert(r == nil and e == 'no memory') "
	  "assert(d:get '0001' == 'value' and #d:keys(0) == n)" },
	{ "what was deleted leaves room",
	  "d:delete '0007' local ok, e, gone = d:set('new1', 'value') "
	  "assert(ok and not gone) assert(d:get '0001')" },
};

KUNIT_ARRAY_PARAM_DESC(eviction, evictions, desc);

static void full_dictionary_makes_room(struct kunit *test)
{
	const typeof(evictions[0]) *eviction = test->param_value;
	struct states *states = test->priv;
	char *script = kunit_kzalloc(test, 2048, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, script);
	snprintf(script, 2048, "%s%s", OWN FULL "assert(n > 8) ", eviction->script);
	EXPECT_RUNS(states->klua[0], script);
}

/* Times are kept apart by far more than a busy machine is late. */
static const struct {
	const char *desc;
	const char *before;
	const char *after;
} expiries[] = {
	{ "set", "d:set('k', 1, 1)", "assert(d:get 'k' == nil)" },
	{ "add", "d:add('k', 1, 1)", "assert(d:get 'k' == nil)" },
	{ "replace", "d:set('k', 1) d:replace('k', 2, 1)", "assert(d:get 'k' == nil)" },
	{ "incr", "d:incr('k', 1, 0, 1)", "assert(d:get 'k' == nil)" },
	{ "expire", "d:set('k', 1) d:expire('k', 1)", "assert(d:get 'k' == nil)" },
	{ "what has more time stays", "d:set('k', 1, 50000)", "assert(d:get 'k' == 1)" },
	{ "add takes the place of the expired", "d:set('k', 1, 1)",
	  "assert(d:add('k', 2)) assert(d:get 'k' == 2 and d:ttl 'k' == 0)" },
	{ "replace does not find it", "d:set('k', 1, 1)",
	  "assert(select(2, d:replace('k', 2)) == 'not found')" },
	{ "incr does not find it", "d:set('k', 1, 1)",
	  "assert(select(2, d:incr('k', 2)) == 'not found')" },
	{ "incr begins anew", "d:set('k', 9, 1)", "assert(d:incr('k', 1, 0) == 1)" },
	{ "ttl and expire do not find it", "d:set('k', 1, 1)",
	  "assert(d:ttl 'k' == nil and d:expire('k', 9) == nil)" },
	{ "keys does not show it", "d:set('a', 1, 1) d:set('b', 1) d:set('c', 1, 1)",
	  "assert(table.concat(d:keys(1), ' ') == 'b')" },
	{ "nobody was evicted who had expired",
	  "for i = 1, 5 do d:set(i, ('x'):rep(300), 1) end",
	  "local ok, e, gone = d:set('new', ('x'):rep(1500)) assert(ok and gone == false)" },
};

KUNIT_ARRAY_PARAM_DESC(expiry, expiries, desc);

static void what_has_expired_is_gone(struct kunit *test)
{
	const typeof(expiries[0]) *expiry = test->param_value;
	struct states *states = test->priv;
	char *script = kunit_kzalloc(test, 1024, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, script);
	snprintf(script, 1024, "%s%s", OWN, expiry->before);
	EXPECT_RUNS(states->klua[0], script);
	msleep(20);
	snprintf(script, 1024, "%s%s", OWN, expiry->after);
	EXPECT_RUNS(states->klua[0], script);
}

static void states_of_a_script_share(struct kunit *test)
{
	struct states *states = test->priv;

	EXPECT_RUNS(states->klua[0], OWN "d:set('k', 'here')");
	EXPECT_RUNS(states->klua[1], OWN "assert(d:get 'k' == 'here') d:delete 'k'");
	EXPECT_RUNS(states->klua[0], OWN "assert(d:get 'k' == nil)");
}

static void another_script_has_its_own(struct kunit *test)
{
	struct states *states = test->priv;
	struct lua_code *code = lua_code_new(0);
	struct klua *klua;

	KUNIT_ASSERT_NOT_NULL(test, code);
	klua = make_state(test, code);
	EXPECT_RUNS(states->klua[0], OWN "d:set('k', 1)");
	EXPECT_RUNS(klua, OWN "assert(d:get 'k' == nil) d:set('k', 2)");
	EXPECT_RUNS(states->klua[0], OWN "assert(d:get 'k' == 1)");
	lua_hook_sandbox_free(klua);
	lua_code_put(code);
}

/* Users without privilege share names with themselves only. */
static void names_are_an_owners(struct kunit *test)
{
	struct states *states = test->priv;
	struct lua_code *code = lua_code_new(0);
	struct klua *klua;

	KUNIT_ASSERT_NOT_NULL(test, code);
	code->owner = KUIDT_INIT(1000);
	klua = make_state(test, code);
	EXPECT_RUNS(states->klua[0], LIBRARY "shared.dict('n', 4096):set('k', 1)");
	EXPECT_RUNS(states->klua[1], LIBRARY "assert(shared.dict 'n':get 'k' == 1)");
	EXPECT_RUNS(klua, LIBRARY "assert(not shared.remove 'n') "
		    "assert(shared.dict('n', 4096):get 'k' == nil) shared.remove 'n'");
	EXPECT_RUNS(states->klua[1], LIBRARY "assert(shared.remove 'n')");
	lua_hook_sandbox_free(klua);
	lua_code_put(code);
}

static void name_outlives_its_states(struct kunit *test)
{
	struct states *states = test->priv;

	EXPECT_RUNS(states->klua[0], LIBRARY "shared.dict('n', 4096):set('k', 1)");
	lua_hook_sandbox_free(states->klua[0]);
	states->klua[0] = make_state(test, states->code);
	EXPECT_RUNS(states->klua[0], LIBRARY "assert(shared.dict 'n':get 'k' == 1) "
		    "assert(shared.remove 'n')");
}

static void namespace_has_a_limit(struct kunit *test)
{
	struct states *states = test->priv;
	unsigned long max = states->quota->dicts.max;

	WRITE_ONCE(states->quota->dicts.max, states->used + 8192);
	EXPECT_RUNS(states->klua[0], LIBRARY
		    "local ok, e = pcall(shared.dict, 'n', 8193) "
		    "assert(not ok and e:find('limit of the namespace (max_dict_memory)', "
		    "1, true), e) assert(not shared.remove 'n') "
		    "shared.dict('n', 4096) shared.script(4096) "
		    "assert(not pcall(shared.dict, 'm', 4096)) assert(shared.dict 'n') "
		    "assert(shared.remove 'n')");
	WRITE_ONCE(states->quota->dicts.max, max);
}

/* The table grows and shrinks in the background meanwhile. */
static void many_keys_are_all_found(struct kunit *test)
{
	struct states *states = test->priv;

	EXPECT_RUNS(states->klua[0], LIBRARY "d = shared.script(1 << 20) "
		    "for i = 1, 2000 do assert(d:set(i, i)) end");
	EXPECT_RUNS(states->klua[0], "for i = 1, 2000 do assert(d:get(i) == i) end");
	EXPECT_RUNS(states->klua[0], "for i = 2, 2000 do d:delete(i) end");
	EXPECT_RUNS(states->klua[0], "assert(d:get(1) == 1 and #d:keys(0) == 1) d:flush()");
}

/* A walk that is too long for the budget does not begin. */
static void walks_are_paid_for_first(struct kunit *test)
{
	const struct klua_limits few = {
		.max_memory = SZ_1M, .max_instructions = 1500,
	};
	const struct klua_limits many = {
		.max_memory = SZ_1M, .max_instructions = 1000000,
	};
	struct states *states = test->priv;
	struct klua *klua = states->klua[0];

	EXPECT_RUNS(klua, LIBRARY "d = shared.script(1 << 20) "
		    "for i = 1, 2000 do d:set(i, i) end collectgarbage()");
	klua_set_limits(klua, &few);
	KUNIT_EXPECT_EQ(test, -ETIME, run(klua, "d:flush()"));
	KUNIT_EXPECT_EQ(test, -ETIME, run(klua, "d:keys(0)"));
	EXPECT_RUNS(klua, "assert(#d:keys(9) == 9)");
	klua_set_limits(klua, &many);
	EXPECT_RUNS(klua, "assert(#d:keys(0) == 2000)");
}

/* Wherever the state's memory ends, the dictionary is whole, and nothing leaks. */
static void state_without_memory_breaks_nothing(struct kunit *test)
{
	struct klua_limits limits = {
		.max_memory = SZ_1M, .max_instructions = 1000000,
	};
	struct states *states = test->priv;
	struct klua *klua = states->klua[0];
	int failed = 0;

	EXPECT_RUNS(klua, LIBRARY "d = shared.script(1 << 20) "
		    "for i = 1, 50 do d:set(i, ('x'):rep(i * 100)) end "
		    "function use() collectgarbage() local t = {} "
		    "for i = 1, 50 do t[i] = d:get(i) .. 'y' d:incr('n', 1, 0) end "
		    "t = d:keys(0) d:set('s', table.concat(t)) "
		    "require('shared').dict('n', 4096):set('k', 'v') end");
	for (size_t room = 0; room < SZ_256K; room += 3001) {
		limits.max_memory = klua_memory(klua) + room;
		klua_set_limits(klua, &limits);
		if (!run(klua, "use()"))
			break;
		failed++;
		limits.max_memory = SZ_1M;
		klua_set_limits(klua, &limits);
		EXPECT_RUNS(klua, "collectgarbage()");
	}
	KUNIT_EXPECT_GT(test, failed, 10);
	limits.max_memory = SZ_1M;
	klua_set_limits(klua, &limits);
	EXPECT_RUNS(klua, "for i = 1, 50 do assert(d:get(i) == ('x'):rep(i * 100)) end "
		    "assert(require('shared').remove 'n')");
}

#define WORKERS	4
#define ROUNDS	"500"

/**
 * struct worker - a task with a state of its own
 * @klua: sandbox
 * @err: what came out
 * @done: it has ended
 */
struct worker {
	struct klua *klua;
	int err;
	struct completion done;
};

static int work(void *data)
{
	struct worker *worker = data;

	worker->err = run(worker->klua, OWN
			  "local n, d = d, shared.dict('full', 4096) "
			  "for i = 1, " ROUNDS " do n:incr('n', 1, 0) "
			  "local k = math.random(30) "
			  "d:set(k, ('x'):rep(math.random(90))) d:get(math.random(30)) "
			  "d:add(math.random(30), i, 1) d:delete(math.random(30)) "
			  "d:replace(math.random(30), true) d:expire(math.random(30), 1) "
			  "if i % 50 == 0 then d:keys() d:ttl(k) end end");
	complete(&worker->done);
	return 0;
}

static void tasks_on_all_cpus_agree(struct kunit *test)
{
	struct worker *workers = kunit_kcalloc(test, WORKERS, sizeof(*workers), GFP_KERNEL);
	struct states *states = test->priv;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, workers);
	for (i = 0; i < WORKERS; i++) {
		workers[i].klua = make_state(test, states->code);
		init_completion(&workers[i].done);
	}
	for (i = 0; i < WORKERS; i++) {
		struct task_struct *task = kthread_run(work, &workers[i], "lua_dict/%d", i);

		if (IS_ERR(task)) {
			workers[i].err = PTR_ERR(task);
			complete(&workers[i].done);
		}
	}
	for (i = 0; i < WORKERS; i++) {
		wait_for_completion(&workers[i].done);
		KUNIT_EXPECT_EQ_MSG(test, 0, workers[i].err, "%s",
				    klua_error(workers[i].klua));
		lua_hook_sandbox_free(workers[i].klua);
	}
	EXPECT_RUNS(states->klua[0], OWN "local n = d:get 'n' assert(n == 4 * " ROUNDS ", n) "
		    "assert(shared.remove 'full')");
}

static struct kunit_case dict_cases[] = {
	KUNIT_CASE_PARAM(methods_do_as_documented, story_gen_params),
	KUNIT_CASE_PARAM(full_dictionary_makes_room, eviction_gen_params),
	KUNIT_CASE_PARAM(what_has_expired_is_gone, expiry_gen_params),
	KUNIT_CASE(states_of_a_script_share),
	KUNIT_CASE(another_script_has_its_own),
	KUNIT_CASE(names_are_an_owners),
	KUNIT_CASE(name_outlives_its_states),
	KUNIT_CASE(namespace_has_a_limit),
	KUNIT_CASE(many_keys_are_all_found),
	KUNIT_CASE(walks_are_paid_for_first),
	KUNIT_CASE(state_without_memory_breaks_nothing),
	KUNIT_CASE(tasks_on_all_cpus_agree),
	{}
};

static struct kunit_suite dict_suite = {
	.name = "lua_dict",
	.init = setup,
	.exit = teardown,
	.test_cases = dict_cases,
};

kunit_test_suites(&dict_suite);
