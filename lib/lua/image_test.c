// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of images: a sandbox that is made from one is like any other, and has nothing
 * in common with the next.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/lua.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "klua.h"
#include "lauxlib.h"
#include "lobject.h"
#include "lstate.h"
#include "ltable.h"

#define TYPE	"image test"

static const struct klua_limits limits = {
	.max_memory = SZ_512K,
	.max_instructions = 10000000,
};

/* What a test of the image of a script works with. */
struct made {
	struct klua *template;
	struct klua_chunk *chunk;
	struct klua_image *image;
};

/* registry keys: what a subsystem keeps there */
static const char kept_key, other_key;

static int count_up(lua_State *L)
{
	lua_Integer *n = luaL_checkudata(L, 1, TYPE);

	lua_pushinteger(L, ++*n);
	return 1;
}

/* A type, an object of it that is a global, and something in the registry. */
static int open_type(lua_State *L)
{
	lua_Integer *n;

	luaL_newmetatable(L, TYPE);
	lua_pushcfunction(L, count_up);
	lua_setfield(L, -2, "__call");
	n = lua_newuserdata(L, sizeof(*n));
	*n = 0;
	luaL_setmetatable(L, TYPE);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_key);
	lua_setglobal(L, "count");
	lua_pushstring(L, "other");
	lua_rawsetp(L, LUA_REGISTRYINDEX, &other_key);
	return 0;
}

static int check_registry(lua_State *L)
{
	if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_key) != LUA_TUSERDATA ||
	    lua_getglobal(L, "count") != LUA_TUSERDATA || !lua_rawequal(L, -1, -2))
		return luaL_error(L, "the object is not what it was");
	lua_rawgetp(L, LUA_REGISTRYINDEX, &other_key);
	if (strcmp(luaL_checkstring(L, -1), "other"))
		return luaL_error(L, "the registry is not what it was");
	return 0;
}

static int call_global(lua_State *L)
{
	lua_getglobal(L, lua_touserdata(L, 1));
	lua_call(L, 0, 0);
	return 0;
}

static void forget(void *data)
{
	struct made *made = data;

	klua_image_free(made->image);
	klua_chunk_free(made->chunk);
	klua_free(made->template);
}

/* All but the image */
static struct made *prepare(struct kunit *test, const char *script)
{
	struct made *made = kunit_kzalloc(test, sizeof(*made), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, made);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, forget, made));
	made->template = klua_create(&limits);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, made->template);
	KUNIT_ASSERT_EQ(test, klua_call(made->template, open_type, NULL), 0);
	made->chunk = klua_compile(made->template, script, strlen(script), "=test");
	KUNIT_ASSERT_FALSE(test, IS_ERR(made->chunk));
	return made;
}

static struct made *make(struct kunit *test, const char *script)
{
	struct made *made = prepare(test, script);

	made->image = klua_image_new(made->template, made->chunk);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, made->image);
	return made;
}

static void end(void *klua)
{
	klua_free(klua);
}

/* A sandbox whose main chunk has not run */
static struct klua *copy(struct kunit *test, const struct made *made)
{
	struct klua *klua = klua_create_from(made->image, &limits);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, klua);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end, klua));
	return klua;
}

static struct klua *started(struct kunit *test, const struct made *made)
{
	struct klua *klua = copy(test, made);

	KUNIT_ASSERT_EQ_MSG(test, klua_run(klua, made->chunk), 0, "%s", klua_error(klua));
	return klua;
}

static void expect_call(struct kunit *test, struct klua *klua, const char *name)
{
	KUNIT_EXPECT_EQ_MSG(test, klua_call(klua, call_global, (void *)name), 0, "%s: %s",
			    name, klua_error(klua));
}

static void sandboxes_of_an_image_are_separate(struct kunit *test)
{
	const struct made *made = make(test,
		"t = {} string.mine = nil\n"
		"function write() x = 'one' t.x = 1 string.mine = 2 table.insert = nil count() end\n"
		"function unseen() assert(not x and not t.x and not string.mine and table.insert)\n"
		"assert(count() == 1) end\n"
		"function seen() assert(x == 'one' and t.x == 1 and string.mine == 2)\n"
		"assert(count() == 2) end");
	struct klua *one = started(test, made), *two = started(test, made);

	expect_call(test, one, "write");
	expect_call(test, two, "unseen");
	expect_call(test, one, "seen");
	/* nor does the image change */
	expect_call(test, started(test, made), "unseen");
}

static void main_chunk_runs_in_each_sandbox(struct kunit *test)
{
	const struct made *made = make(test,
		"runs = (runs or 0) + 1\nlocal n = count()\n"
		"function once() assert(runs == 1 and n == 1) end\n"
		"function twice() assert(runs == 2 and n == 2) end");

	for (int i = 0; i < 3; i++) {
		struct klua *klua = started(test, made);

		expect_call(test, klua, "once");
		/* as in any sandbox */
		KUNIT_EXPECT_EQ(test, klua_run(klua, made->chunk), 0);
		expect_call(test, klua, "twice");
	}
	/* the sandbox that was the template is one more */
	KUNIT_EXPECT_EQ(test, klua_run(made->template, made->chunk), 0);
	expect_call(test, made->template, "once");
}

static void another_chunk_can_run_first(struct kunit *test)
{
	const struct made *made = make(test, "function f() assert(other) end");
	struct klua *klua = copy(test, made);
	struct klua_chunk *other = klua_compile(klua, "other = 1", 9, "=other");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	KUNIT_EXPECT_EQ(test, klua_run(klua, other), 0);
	klua_chunk_free(other);
	KUNIT_EXPECT_EQ(test, klua_run(klua, made->chunk), 0);
	expect_call(test, klua, "f");
}

static void what_c_left_is_found(struct kunit *test)
{
	const struct made *made = make(test, "");
	struct klua *klua = started(test, made);

	KUNIT_EXPECT_EQ_MSG(test, klua_call(klua, check_registry, NULL), 0, "%s",
			    klua_error(klua));
}

static void errors_have_their_lines(struct kunit *test)
{
	const struct made *made = make(test,
		"\nfunction fail() error('here') end\n\nfunction index() local a = b.c end");
	struct klua *klua = started(test, made);

	KUNIT_EXPECT_EQ(test, klua_call(klua, call_global, "fail"), -EINVAL);
	KUNIT_EXPECT_STREQ(test, klua_error(klua), "test:2: here");
	KUNIT_EXPECT_EQ(test, klua_call(klua, call_global, "index"), -EINVAL);
	KUNIT_EXPECT_STREQ(test, klua_error(klua),
			   "test:4: attempt to index a nil value (global 'b')");
}

static const char user[] =
	"local kept = { 'a string that is so long that it is not one of the short ones', {} }\n"
	"local function inner(x) return function() return x, kept end end\n"
	"function work() local t = {} for i = 1, 200 do t['k' .. i] = { i, inner(i) } end\n"
	"for i = 1, 200 do assert(t['k' .. i][2]() == i) end\n"
	"local s = ('%d'):rep(9):format(1, 2, 3, 4, 5, 6, 7, 8, 9) assert(s == '123456789')\n"
	"assert(select(2, pcall(error, 'e', 0)) == 'e' and #kept == 2)\n"
	"for c in coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end) do end end\n"
	"function grow() for i = 1, 500 do _G['g' .. i] = i string['s' .. i] = {} end end\n"
	"function shrink() for i = 1, 500 do _G['g' .. i] = nil string['s' .. i] = nil end end\n"
	"function collect() for i = 1, 3 do collectgarbage() end end\n"
	"function step() for i = 1, 500 do collectgarbage('step') local t = { {} } end end\n"
	"function undo() local all = _G for k in pairs(all) do\n"
	"if k ~= 'collect' and k ~= 'collectgarbage' then all[k] = nil end end kept = nil end";

/* Of what the image had, most is garbage in the end. */
static void objects_of_an_image_are_collected(struct kunit *test)
{
	const struct made *made = make(test, user);
	struct klua *klua = started(test, made);
	size_t before = klua_memory(klua), settled = 0;

	for (int i = 0; i < 9; i++) {
		expect_call(test, klua, "work");
		expect_call(test, klua, "step");
		expect_call(test, klua, "collect");
		if (i < 3)
			settled = klua_memory(klua);
		else
			KUNIT_EXPECT_LE(test, klua_memory(klua), settled);
	}
	expect_call(test, klua, "undo");
	expect_call(test, klua, "collect");
	/* a page of the arena counts as long as a block is left in it */
	KUNIT_EXPECT_LE(test, klua_memory(klua),
			IS_ENABLED(CONFIG_KASAN) ? before : settled);
	/* and others have all of it */
	expect_call(test, started(test, made), "work");
}

static void blocks_of_an_image_are_resized(struct kunit *test)
{
	const struct made *made = make(test, user);
	struct klua *klua = started(test, made);

	for (int i = 0; i < 3; i++) {
		expect_call(test, klua, "grow");
		expect_call(test, klua, "work");
		expect_call(test, klua, "shrink");
		expect_call(test, klua, "collect");
	}
}

static int close_by_finalizer(lua_State *L)
{
	lua_newuserdata(L, 1);
	lua_createtable(L, 0, 1);
	lua_pushcfunction(L, check_registry);
	lua_setfield(L, -2, "__gc");
	lua_setmetatable(L, -2);
	lua_setglobal(L, "last");
	return 0;
}

/* Tables with one entry, and so many gaps between them that some nodes end with a page */
static int open_tables(lua_State *L)
{
	lua_createtable(L, 2000, 0);
	for (int i = 1; i <= 2000; i++) {
		if (i % 3) {
			lua_createtable(L, 0, 1);
			lua_pushboolean(L, true);
			lua_setfield(L, -2, "entry");
		} else {
			lua_newuserdata(L, i % 80);
		}
		lua_rawseti(L, -2, i);
	}
	lua_setglobal(L, "tables");
	return 0;
}

static bool ends_a_page(const Table *t)
{
	return IS_ALIGNED((unsigned long)gnode(t, sizenode(t)), KLUA_PAGE_SIZE);
}

/* A place in a table's nodes is found by a pointer that begins behind them. */
static void free_nodes_of_a_copy_are_its_own(struct kunit *test)
{
	struct made *made = prepare(test, "");
	unsigned int wrong = 0, last = 0;

	KUNIT_ASSERT_EQ(test, klua_call(made->template, open_tables, NULL), 0);
	made->image = klua_image_new(made->template, made->chunk);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, made->image);
	for (int i = 0; i < 4; i++) {
		const struct klua *klua = copy(test, made);
		GCObject *o;

		for (o = G(klua->L)->allgc; o; o = o->next) {
			const Table *t = o->tt == LUA_TTABLE ? gco2t(o) : NULL;

			if (!t || !t->lastfree)
				continue;
			wrong += t->lastfree < t->node || t->lastfree > gnode(t, sizenode(t));
			last += ends_a_page(t);
		}
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	/* with KASAN, no block is in a page with others; elsewhere a node may be less
	 * than the units that it has
	 */
	if (IS_ENABLED(CONFIG_64BIT) && !IS_ENABLED(CONFIG_KASAN))
		KUNIT_EXPECT_GT(test, last, 0);
}

/* A state that has a finalizer frees each object, which warns if memory is left. */
static void each_object_of_an_image_can_be_freed(struct kunit *test)
{
	const struct made *made = make(test, user);
	struct klua *klua = started(test, made);

	expect_call(test, klua, "work");
	KUNIT_EXPECT_EQ(test, klua_call(klua, close_by_finalizer, NULL), 0);
	kunit_release_action(test, end, klua);
	klua = copy(test, made);
	KUNIT_EXPECT_EQ(test, klua_call(klua, close_by_finalizer, NULL), 0);
}

static void sandboxes_outlive_their_image(struct kunit *test)
{
	struct made *made = make(test, user);
	struct klua *klua = started(test, made);

	klua_image_free(made->image);
	made->image = NULL;
	expect_call(test, klua, "work");
	expect_call(test, klua, "undo");
	expect_call(test, klua, "collect");
}

static void copying_survives_any_failed_allocation(struct kunit *test)
{
	const struct made *made = make(test, user);
	struct klua *klua;
	long n = 0;

	do {
		klua = klua_create_from_failing(made->image, &limits, ++n);
		if (IS_ERR(klua))
			KUNIT_ASSERT_EQ(test, PTR_ERR(klua), -ENOMEM);
		KUNIT_ASSERT_LT(test, n, 5000);
	} while (IS_ERR(klua));
	klua_free(klua);
	KUNIT_EXPECT_GT(test, n, 2);
	kunit_info(test, "%ld allocations make a sandbox\n", n - 1);
}

/* The sandbox goes on without. */
static void making_an_image_survives_any_failed_allocation(struct kunit *test)
{
	long n = 0;
	int err;

	do {
		struct made *made = prepare(test, user);

		klua_fail_after(made->template, ++n);
		made->image = klua_image_new(made->template, made->chunk);
		klua_fail_after(made->template, 0);
		err = PTR_ERR_OR_ZERO(made->image);
		if (err)
			KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_EQ_MSG(test, klua_run(made->template, made->chunk), 0, "%s",
				    klua_error(made->template));
		expect_call(test, made->template, "work");
		kunit_release_action(test, forget, made);
		KUNIT_ASSERT_LT(test, n, 5000);
	} while (err);
	KUNIT_EXPECT_GT(test, n, 1);
}

static void memory_of_an_image_counts(struct kunit *test)
{
	const struct made *made = make(test, user);
	struct klua_pool pool = { .max = SZ_1M };
	struct klua_limits less = limits;
	struct klua *klua = copy(test, made);
	size_t needed = klua_memory(klua);

	kunit_info(test, "a sandbox from an image: %zu bytes of memory\n", needed);
	less.max_memory = needed - 1;
	KUNIT_EXPECT_PTR_EQ(test, klua_create_from(made->image, &less), ERR_PTR(-ENOMEM));
	less.max_memory = needed;
	less.pool = &pool;
	klua = klua_create_from(made->image, &less);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, klua);
	KUNIT_EXPECT_GE(test, atomic_long_read(&pool.used), (long)needed);
	klua_free(klua);
	pool.max = needed - 1;
	KUNIT_EXPECT_PTR_EQ(test, klua_create_from(made->image, &less), ERR_PTR(-ENOMEM));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&pool.used), 0);
}

static int key_that_is_a_table(lua_State *L)
{
	lua_newtable(L);
	lua_newtable(L);
	lua_pushboolean(L, true);
	lua_settable(L, -3);
	lua_setglobal(L, "set");
	return 0;
}

static int coroutine_that_waits(lua_State *L)
{
	lua_newthread(L);
	lua_setglobal(L, "thread");
	return 0;
}

static const struct unsuitable {
	const char *desc;
	int (*open)(lua_State *L);
} unsuitables[] = {
	{ "a key that is a table", key_that_is_a_table },
	{ "a coroutine", coroutine_that_waits },
	{ "a finalizer", close_by_finalizer },
};

static void unsuitable_desc(const struct unsuitable *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(unsuitables, unsuitables, unsuitable_desc);

static void no_image_of(struct kunit *test)
{
	const struct unsuitable *c = test->param_value;
	struct made *made = prepare(test, user);

	KUNIT_ASSERT_EQ(test, klua_call(made->template, c->open, NULL), 0);
	made->image = klua_image_new(made->template, made->chunk);
	KUNIT_EXPECT_PTR_EQ(test, made->image, ERR_PTR(-EINVAL));
	KUNIT_EXPECT_EQ(test, klua_run(made->template, made->chunk), 0);
	expect_call(test, made->template, "work");
}

static struct kunit_case image_cases[] = {
	KUNIT_CASE(sandboxes_of_an_image_are_separate),
	KUNIT_CASE(main_chunk_runs_in_each_sandbox),
	KUNIT_CASE(another_chunk_can_run_first),
	KUNIT_CASE(what_c_left_is_found),
	KUNIT_CASE(errors_have_their_lines),
	KUNIT_CASE(objects_of_an_image_are_collected),
	KUNIT_CASE(blocks_of_an_image_are_resized),
	KUNIT_CASE(free_nodes_of_a_copy_are_its_own),
	KUNIT_CASE(each_object_of_an_image_can_be_freed),
	KUNIT_CASE(sandboxes_outlive_their_image),
	KUNIT_CASE_SLOW(copying_survives_any_failed_allocation),
	KUNIT_CASE(making_an_image_survives_any_failed_allocation),
	KUNIT_CASE(memory_of_an_image_counts),
	KUNIT_CASE_PARAM(no_image_of, unsuitables_gen_params),
	{ }
};

static struct kunit_suite image_suite = {
	.name = "klua_image",
	.test_cases = image_cases,
};

kunit_test_suite(image_suite);

MODULE_DESCRIPTION("KUnit tests for images of Lua states");
MODULE_LICENSE("GPL");
