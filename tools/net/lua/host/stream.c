// SPDX-License-Identifier: GPL-2.0-only
/*
 * One connection: a script is loaded, bytes arrive and are judged. What a
 * verdict leads to is what net/lua/gate.c says, for an application that reads
 * all that it can get at once.
 */
#include <linux/lua.h>
#include <linux/slab.h>

#include "lua_ulp.h"
#include "host.h"

/**
 * struct lua_stream - the connection
 * @klua: the script
 * @hook: which of its hooks judges
 * @ops: who is told
 * @queue: one buffer: all that has arrived and is of use
 * @judged: bytes of it that have been judged
 * @shown: bytes of it that the script has seen
 * @want: the script waits until so many follow @judged
 * @pass: bytes that need no script
 * @err: -ECONNREFUSED, -ECONNRESET or -EIO, once nothing more is passed
 * @finished: no more will arrive
 * @ended: the script has been told so
 * @error: the last message
 */
struct lua_stream {
	struct klua *klua;
	unsigned int hook;
	const struct lua_host_ops *ops;
	struct sk_buff_head queue;
	u32 judged;
	u32 shown;
	u32 want;
	u64 pass;
	int err;
	bool finished;
	bool ended;
	char error[SS_LUA_ERROR_MAX];
};

static struct lua_stream stream;

/* Who the script is, for its dictionaries */
static struct lua_code code;

void lua_host_tell(enum lua_host_event event, const void *bytes, size_t len)
{
	stream.ops->tell(event, bytes, len);
}

static void print(struct klua *klua, const char *text, size_t len)
{
	lua_host_tell(LUA_HOST_PRINTED, text, len);
}

static u32 arrived(void)
{
	return stream.queue.first ? stream.queue.first->len : 0;
}

static const u8 *first_byte(void)
{
	return stream.queue.first->data + stream.judged;
}

static void set_error(const char *text)
{
	strscpy(stream.error, text ?: "");
}

static int fail_with(int err, const char *text)
{
	set_error(text);
	return err;
}

int lua_host_start(const struct lua_host_ops *ops)
{
	stream.ops = ops;
	__skb_queue_head_init(&stream.queue);
	return lua_lib_init() ?: lua_dict_init() ?: lua_net_init();
}

void lua_host_end(void)
{
	lua_hook_sandbox_free(stream.klua);
	stream.klua = NULL;
	__skb_queue_purge(&stream.queue);
	lua_dict_put(code.dict);
	code.dict = NULL;
	lua_net_exit();
	lua_dict_exit();
	lua_lib_exit();
}

static struct klua *sandbox(void)
{
	struct klua *klua = lua_hook_sandbox(&init_net, NULL);
	struct lua_env *env;

	if (IS_ERR(klua))
		return klua;
	env = klua_private(klua);
	env->sk = &lua_host_sk;
	env->code = &code;
	env->privileged = true;
	klua_set_print(klua, print);
	return klua;
}

static int run(struct klua *klua, const char *text, size_t len)
{
	struct klua_chunk *chunk = klua_compile(klua, text, len, LUA_HOST_CHUNK);
	int err;

	if (IS_ERR(chunk))
		return PTR_ERR(chunk);
	err = klua_run(klua, chunk);
	klua_chunk_free(chunk);
	return err;
}

static int check_text(const char *text, size_t len)
{
	const char *nul = memchr(text, '\0', len), *p;
	int line = 1;

	if (!len)
		return fail_with(-EINVAL, "the script is empty");
	if (len > lua_net(&init_net)->max_script) {
		snprintf(stream.error, sizeof(stream.error),
			 "the script has %zu bytes, more than net.lua.max_script (%u)",
			 len, lua_net(&init_net)->max_script);
		return -EMSGSIZE;
	}
	if (!nul || text[0] == '\033')
		return 0;
	for (p = text; p < nul; p++)
		line += *p == '\n';
	snprintf(stream.error, sizeof(stream.error), "script:%d: NUL byte", line);
	return -EINVAL;
}

int lua_host_load(const char *text, size_t len)
{
	int err = check_text(text, len);

	if (err)
		return err;
	stream.klua = sandbox();
	if (IS_ERR(stream.klua)) {
		err = PTR_ERR(stream.klua);
		stream.klua = NULL;
		return fail_with(err, lua_quota_error(lua_net(&init_net)->quota, err));
	}
	err = run(stream.klua, text, len);
	if (err)
		set_error(klua_error(stream.klua));
	return err;
}

int lua_host_bind(unsigned int hook, const char *name)
{
	int err = lua_hook_bind(stream.klua, hook, name);

	if (err)
		set_error(klua_error(stream.klua));
	return err;
}

static void show_again(void)
{
	stream.shown = stream.judged;
	stream.want = 0;
	stream.ended = false;
}

/* The application reads @len bytes of what has arrived. */
static void give(u32 len)
{
	if (len)
		lua_host_tell(LUA_HOST_READ, first_byte(), len);
	stream.judged += len;
}

static void give_instead(const struct lua_verdict *verdict)
{
	const struct sk_buff *skb;

	for (skb = verdict->subst.first; skb; skb = skb->next)
		lua_host_tell(LUA_HOST_READ, skb->data, skb->len);
	stream.judged += verdict->len;
}

static void apply(const struct lua_verdict *verdict)
{
	stream.want = 0;
	stream.pass = verdict->pass;
	switch (verdict->action) {
	case LUA_PASS:
		give(verdict->len);
		if (verdict->len)
			show_again();
		break;
	case LUA_DROP:
		stream.judged += verdict->len;
		if (verdict->len)
			show_again();
		break;
	case LUA_MORE:
		stream.want = verdict->len;
		break;
	case LUA_REPLACE:
		give_instead(verdict);
		if (verdict->len)
			show_again();
		break;
	case LUA_REFUSE:
		stream.err = fail_with(-ECONNREFUSED, verdict->reason);
		break;
	}
}

static void report(const struct lua_verdict *verdict, u32 shown)
{
	static const char *const names[] = {
		[LUA_PASS]	= "pass",
		[LUA_REFUSE]	= "refuse",
		[LUA_REPLACE]	= "replace",
		[LUA_DROP]	= "drop",
		[LUA_MORE]	= "more",
	};
	struct lua_host_verdict call = {
		.name = verdict ? names[verdict->action] : "error",
		.shown = shown,
		.reason = verdict ? verdict->reason : stream.error,
		.instructions = lua_host_instructions(),
		.memory = lua_host_memory(),
	};

	if (verdict) {
		call.len = verdict->action == LUA_MORE ? verdict->len - shown :
							 verdict->len;
		call.pass_all = verdict->pass == LUA_PASS_ALL;
		call.pass = call.pass_all ? 0 : verdict->pass;
	}
	stream.ops->judged(&call);
}

/* sk:abort() takes effect once the call is over. */
static void reset_if_aborted(void)
{
	const struct lua_env *env = klua_private(stream.klua);

	if (!env->aborted)
		return;
	lua_host_sk.sk_state = TCP_CLOSE;
	stream.err = fail_with(-ECONNRESET, "the script aborted the connection");
}

static void call_script(unsigned int flags)
{
	u32 shown = arrived() - stream.judged;
	struct lua_verdict verdict;
	struct lua_view view;
	int err;

	lua_view_init(&view, &stream.queue, stream.judged, shown, false);
	err = lua_hook_judge(stream.klua, stream.hook, &view, flags, &verdict);
	stream.shown = arrived();
	if (err) {
		stream.err = fail_with(-EIO, klua_error(stream.klua));
		report(NULL, shown);
		return;
	}
	report(&verdict, shown);
	apply(&verdict);
	__skb_queue_purge(&verdict.subst);
	kfree(verdict.reason);
	reset_if_aborted();
}

/* What the script has said beforehand about data to come. */
static void pass_on(void)
{
	u32 len = min_t(u64, stream.pass, arrived() - stream.judged);

	if (!len)
		return;
	if (stream.pass != LUA_PASS_ALL)
		stream.pass -= len;
	give(len);
	show_again();
}

/* Is there something to judge that the script does not wait with? */
static bool judge(void)
{
	u32 end = arrived();

	if (stream.judged == end)
		return false;
	if (end == stream.shown || end - stream.judged < stream.want) {
		if (!stream.finished)
			return false;
		if (stream.ended) {
			stream.err = fail_with(-ECONNREFUSED,
					       "the stream ended with data not passed");
			return false;
		}
		stream.ended = true;
	}
	call_script(stream.finished ? LUA_ENDED : 0);
	return true;
}

static int judge_all(void)
{
	bool again = true;

	while (again && !stream.err) {
		pass_on();
		again = judge();
	}
	return stream.err;
}

/* What is left of the old buffer, and @bytes. */
static int append(const void *bytes, size_t len)
{
	struct sk_buff *old = stream.queue.first;
	u32 left = arrived() - stream.judged;
	struct sk_buff *skb = lua_view_buffer(left + len);

	if (!skb)
		return -ENOMEM;
	if (left)
		memcpy(skb->data, old->data + stream.judged, left);
	memcpy(skb->data + left, bytes, len);
	__skb_queue_purge(&stream.queue);
	__skb_queue_tail(&stream.queue, skb);
	stream.shown -= stream.judged;
	stream.judged = 0;
	return 0;
}

int lua_host_judge(unsigned int hook, const void *bytes, size_t len)
{
	int err;

	stream.hook = hook;
	if (stream.err || !len)
		return stream.err;
	err = append(bytes, len);
	if (err)
		return fail_with(err, "out of memory");
	if (hook == SS_LUA_HOOK_RECEIVE)
		lua_host_sk.bytes_received += len;
	return judge_all();
}

static void peer_ends(void)
{
	/* TCP counts the end of the stream as a byte. */
	lua_host_sk.bytes_received++;
	lua_host_sk.sk_flags |= BIT(SOCK_DONE);
	if (lua_host_sk.sk_state == TCP_ESTABLISHED)
		lua_host_sk.sk_state = TCP_CLOSE_WAIT;
}

int lua_host_finish(void)
{
	if (stream.hook == SS_LUA_HOOK_RECEIVE)
		peer_ends();
	stream.finished = true;
	return judge_all();
}

const char *lua_host_error(void)
{
	return stream.error;
}

unsigned long long lua_host_instructions(void)
{
	return klua_instructions(stream.klua);
}

size_t lua_host_memory(void)
{
	return klua_memory(stream.klua);
}
