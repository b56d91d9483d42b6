// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the library conn: what the hook of a handler answers, call after call,
 * while data comes. No socket is needed for that: the test does with each verdict
 * what the gate would.
 */
#include <kunit/test.h>
#include <linux/lua.h>

#include "received_test.h"

#define STEPS		5

/**
 * struct step - a call of the hook
 * @arrived: bytes that have come so far; 0: all, and the stream has ended
 * @action: of its verdict
 * @len: bytes of the data that it is about
 * @pass: bytes after those
 * @text: a replacement, or a reason
 */
struct step {
	u32 arrived;
	enum lua_action action;
	u32 len;
	u64 pass;
	const char *text;
};

/**
 * struct handler_case - a handler, and what its hook answers
 * @desc: what must hold
 * @body: of the function
 * @steps: until one is empty, or a verdict is final
 * @error: the call after them fails with that
 */
struct handler_case {
	const char *desc;
	const char *body;
	struct step steps[STEPS];
	const char *error;
};

static const struct handler_case handler_cases[] = {
	{ "bytes are waited for", "c:receive(4) c:pass()",
	  { { 2, LUA_MORE, 4 }, { 4, LUA_PASS, 4, LUA_PASS_ALL } } },
	{ "bytes that are there are not", "c:receive(4) c:pass()",
	  { { 9, LUA_PASS, 9, LUA_PASS_ALL } } },
	{ "a line is waited for", "c:receive('*l') c:pass(#c) c:peek(1)",
	  { { 3, LUA_MORE, 4 }, { 15, LUA_MORE, 16 }, { 17, LUA_PASS, 16 } } },
	{ "a line without an end", "local _, why = c:receive('*l', 9) c:replace(3, why)",
	  { { 10, LUA_MORE, 11 }, { 11, LUA_REPLACE, 3, 0, "line too long" } } },
	{ "a line whose end comes late",
	  "c:receive(28) c:drop(#c) local _, why, rest = c:receive('*l', 0)\n"
	  "c:replace(2, tostring(why) .. tostring(rest))",
	  { { 29, LUA_DROP, 28 }, { 29, LUA_MORE, 2 },
	    { 0, LUA_REPLACE, 2, 0, "nilnil" } } },
	{ "no line before the end",
	  "c:receive(30) local _, why, rest = c:receive('*l')\n"
	  "c:replace(#c, why .. #rest)",
	  { { 30, LUA_MORE, 31 }, { 0, LUA_REPLACE, 30, 0, "closed0" } } },
	{ "the end wakes it", "local _, why, rest = c:receive(99) c:replace(#c, why .. #rest)",
	  { { 30, LUA_MORE, 99 }, { 0, LUA_REPLACE, 30, 0, "closed30" } } },
	{ "verdicts are given one a call",
	  "c:receive(9) c:pass(2) c:drop(3) c:replace(4, 'x') c:refuse('no')",
	  { { 9, LUA_PASS, 2 }, { 9, LUA_DROP, 3 }, { 9, LUA_REPLACE, 4, 0, "x" },
	    { 10, LUA_REFUSE, 0, 0, "no" } } },
	{ "neighbours that are passed are one verdict",
	  "for i = 1, 9 do c:receive(1) c:pass(1) end c:receive(2)",
	  { { 9, LUA_PASS, 9 }, { 10, LUA_MORE, 2 } } },
	{ "bytes to come are passed", "c:pass(20) c:receive(2) c:pass()",
	  { { 4, LUA_PASS, 4, 16 }, { 21, LUA_MORE, 2 },
	    { 22, LUA_PASS, 2, LUA_PASS_ALL } } },
	{ "bytes to come are dropped", "c:drop(6) c:pass()",
	  { { 4, LUA_DROP, 4 }, { 5, LUA_DROP, 1 }, { 9, LUA_DROP, 1 },
	    { 9, LUA_PASS, 3, LUA_PASS_ALL } } },
	{ "bytes to come are replaced", "c:replace(6, 'x') c:pass()",
	  { { 4, LUA_REPLACE, 4, 0, "x" }, { 9, LUA_DROP, 2 },
	    { 9, LUA_PASS, 3, LUA_PASS_ALL } } },
	{ "who returns has said no", "c:receive(2) c:pass(1)",
	  { { 2, LUA_PASS, 1 }, { 2, LUA_REFUSE, 0, 0, "the handler has ended" } } },
	{ "an error leaves what was decided", "c:pass(3) c:receive(1)\nerror('late')",
	  { { 4, LUA_PASS, 3 } }, "test:2: late" },
	{ "a mistake is the script's", "c:pass(1)\n\nc:drop('x')",
	  { { 4, LUA_PASS, 1 } }, "test:3: bad argument #1 to 'drop'" },
};

KUNIT_ARRAY_PARAM_DESC(handler, handler_cases, desc);

static int handler_setup(struct kunit *test)
{
	int err = received_init(test);

	if (!err)
		received_put(test, &received_shapes[0]);
	return err;
}

static void load(struct kunit *test, const char *body)
{
	char script[256];

	snprintf(script, sizeof(script),
		 "process = require'conn'.handler(function(c) %s end)", body);
	received_load(test, script);
}

/* The view begins where the last verdict ended. */
static int judge(struct received *rcv, u32 arrived, struct lua_verdict *verdict)
{
	unsigned int flags = arrived ? 0 : LUA_ENDED;
	u32 seq = rcv->view.seq;

	lua_view_init(&rcv->view, &rcv->queue, seq,
		      FIRST_SEQ + (arrived ?: RECEIVED_LEN) - seq, true);
	return lua_hook_judge(rcv->klua, SS_LUA_HOOK_RECEIVE, &rcv->view, flags,
			      verdict);
}

static void check_replacement(struct kunit *test, struct lua_verdict *verdict,
			      const char *text)
{
	struct sk_buff *skb = skb_peek(&verdict->subst);
	char seen[16] = "";

	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_LT(test, skb->len, sizeof(seen));
	KUNIT_EXPECT_EQ(test, 0, skb_copy_bits(skb, 0, seen, skb->len));
	KUNIT_EXPECT_STREQ(test, text, seen);
	__skb_queue_purge(&verdict->subst);
}

/* Compares, and does what the gate does. */
static void check_step(struct kunit *test, const struct step *step)
{
	struct received *rcv = test->priv;
	struct lua_verdict verdict;

	KUNIT_ASSERT_EQ_MSG(test, 0, judge(rcv, step->arrived, &verdict), "%s",
			    klua_error(rcv->klua));
	KUNIT_EXPECT_EQ(test, step->action, verdict.action);
	KUNIT_EXPECT_EQ(test, step->len, verdict.len);
	if (verdict.action == LUA_MORE)
		return;
	KUNIT_EXPECT_EQ(test, step->pass, verdict.pass);
	if (verdict.action == LUA_REPLACE)
		check_replacement(test, &verdict, step->text);
	if (verdict.action == LUA_REFUSE)
		KUNIT_EXPECT_STREQ(test, step->text, verdict.reason);
	kfree(verdict.reason);
	rcv->view.seq += verdict.len;
	if (verdict.pass != LUA_PASS_ALL)
		rcv->view.seq += verdict.pass;
}

static void hook_answers(struct kunit *test)
{
	const struct handler_case *c = test->param_value;
	struct received *rcv = test->priv;
	struct lua_verdict verdict;

	load(test, c->body);
	for (int i = 0; i < STEPS && (c->steps[i].arrived || c->steps[i].text); i++)
		check_step(test, &c->steps[i]);
	if (!c->error)
		return;
	KUNIT_ASSERT_EQ(test, -EINVAL, judge(rcv, RECEIVED_LEN, &verdict));
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(klua_error(rcv->klua), c->error),
				  "%s", klua_error(rcv->klua));
}

static struct kunit_case handler_suite_cases[] = {
	KUNIT_CASE_PARAM(hook_answers, handler_gen_params),
	{}
};

static struct kunit_suite handler_suite = {
	.name = "lua_handler",
	.init = handler_setup,
	.exit = received_exit,
	.test_cases = handler_suite_cases,
};

kunit_test_suites(&handler_suite);
