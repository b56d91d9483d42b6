// SPDX-License-Identifier: GPL-2.0-only
/*
 * Level SOL_LUA.
 *
 * A set that fails changes nothing but the text of SS_LUA_ERROR.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/lua.h>
#include <linux/slab.h>
#include <net/sock.h>
#include <trace/events/lua.h>

#include "lua_ulp.h"

/* The text is copied before the socket is locked: a page fault may take long. */
static struct lua_code *copy_script(struct sock *sk, sockptr_t optval,
				    unsigned int optlen)
{
	struct lua_code *code;

	if (!optlen)
		return ERR_PTR(-EINVAL);
	if (optlen > READ_ONCE(lua_net(sock_net(sk))->max_script))
		return ERR_PTR(-EMSGSIZE);

	code = lua_code_new(optlen);
	if (!code)
		return ERR_PTR(-ENOMEM);
	code->privileged = ns_capable_noaudit(sock_net(sk)->user_ns, CAP_NET_ADMIN);
	code->owner = code->privileged ? INVALID_UID : current_euid();
	if (copy_from_sockptr(code->text, optval, optlen)) {
		lua_code_put(code);
		return ERR_PTR(-EFAULT);
	}
	return code;
}

/* Compile @code and run it in a sandbox of its own. The socket's hooks must be
 * in the new script as well.
 */
static int try_script(struct sock *sk, struct lua_ulp_ctx *ctx,
		      struct lua_code *code, struct klua *klua)
{
	struct klua_chunk *chunk;
	struct lua_prog *prog;
	int err;

	chunk = klua_compile(klua, code->text, code->len, "=script");
	if (IS_ERR(chunk))
		return PTR_ERR(chunk);
	code->chunk = chunk;

	prog = lua_prog_new(code, lua_ctx_prog(sk, ctx));
	if (!prog)
		return -ENOMEM;
	err = lua_prog_fill(klua, prog);
	if (err) {
		lua_prog_put(prog);
		return err;
	}
	lua_sock_set_error(ctx, NULL);
	lua_sock_set_prog(sk, ctx, prog, klua, ~0UL);
	return 0;
}

/* Not everything that fails is the script's doing. */
static void report(struct lua_ulp_ctx *ctx, const struct klua *klua)
{
	const char *error = klua_error(klua);

	lua_sock_set_error(ctx, *error ? error : "out of memory");
}

/* Lua would take a NUL byte for a character, but whoever has one in a script has
 * counted one too many, or has lost the rest of it. Bytecode, which begins with
 * an escape, is refused by klua_compile().
 */
static int check_text(struct lua_ulp_ctx *ctx, const struct lua_code *code)
{
	const char *nul = memchr(code->text, '\0', code->len), *p;
	char error[48];
	int line = 1;

	if (!nul || code->text[0] == '\033')
		return 0;
	for (p = code->text; p < nul; p++)
		line += *p == '\n';
	snprintf(error, sizeof(error), "script:%d: NUL byte", line);
	lua_sock_set_error(ctx, error);
	return -EINVAL;
}

static int load_locked(struct sock *sk, struct lua_code *code)
{
	struct lua_ulp_ctx *ctx = lua_sock_ctx_make(sk);
	struct klua *klua;
	int err;

	if (!ctx)
		return -ENOMEM;
	err = check_text(ctx, code);
	if (err)
		return err;
	klua = lua_sock_sandbox_new(sk, ctx, NULL);
	if (IS_ERR(klua)) {
		lua_sock_hit_limit(sk, ctx, PTR_ERR(klua));
		return PTR_ERR(klua);
	}

	err = try_script(sk, ctx, code, klua);
	if (err) {
		report(ctx, klua);
		lua_sock_hit_limit(sk, ctx, err);
		lua_hook_sandbox_free(klua);
		LUA_INC_STATS(sock_net(sk), LUA_MIB_LOADERRORS);
		return err;
	}
	LUA_INC_STATS(sock_net(sk), LUA_MIB_LOADED);
	return 0;
}

static int set_script(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct lua_code *code = copy_script(sk, optval, optlen);
	int err;

	if (IS_ERR(code))
		return PTR_ERR(code);
	lock_sock(sk);
	err = load_locked(sk, code);
	trace_lua_load(sk, optlen, err);
	release_sock(sk);
	lua_code_put(code);
	return err;
}

static int bind_locked(struct sock *sk, const struct ss_lua_hook *hook)
{
	struct lua_ulp_ctx *ctx = lua_sock_ctx_make(sk);
	const struct lua_prog *old;
	struct lua_prog *prog;
	int err;

	if (!ctx)
		return -ENOMEM;
	old = lua_ctx_prog(sk, ctx);
	if (!old || !old->code) {
		lua_sock_set_error(ctx, "no script is loaded");
		return -ENOENT;
	}
	err = lua_sock_sandbox(sk, ctx);
	if (err) {
		lua_sock_hit_limit(sk, ctx, err);
		return err;
	}
	prog = lua_prog_new(old->code, old);
	err = prog ? lua_hook_bind(ctx->klua, hook->hook, hook->name) : -ENOMEM;
	if (err) {
		report(ctx, ctx->klua);
		lua_prog_put(prog);
		return err;
	}
	strscpy(prog->hook[hook->hook], hook->name);
	lua_sock_set_error(ctx, NULL);
	lua_sock_set_prog(sk, ctx, prog, NULL, BIT(hook->hook));
	return 0;
}

static int bind(struct sock *sk, const struct ss_lua_hook *hook)
{
	int err;

	/* With or without its NUL. */
	if (strnlen(hook->name, sizeof(hook->name)) == sizeof(hook->name))
		return -EMSGSIZE;
	lock_sock(sk);
	err = bind_locked(sk, hook);
	release_sock(sk);
	return err;
}

static int set_entry(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct ss_lua_hook hook = { .hook = SS_LUA_HOOK_RECEIVE };

	if (!optlen)
		return -EINVAL;
	if (copy_from_sockptr(hook.name, optval, min(optlen, sizeof(hook.name))))
		return -EFAULT;
	if (!hook.name[0])
		return -EINVAL;
	return bind(sk, &hook);
}

static int set_hook(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct ss_lua_hook hook = { };

	if (optlen <= offsetof(struct ss_lua_hook, name))
		return -EINVAL;
	if (copy_from_sockptr(&hook, optval, min(optlen, sizeof(hook))))
		return -EFAULT;
	if (hook.hook >= __SS_LUA_HOOK_MAX)
		return -EINVAL;
	return bind(sk, &hook);
}

static int set_policy(struct sock *sk, const struct lua_policy *policy)
{
	struct lua_ulp_ctx *ctx = lua_sock_ctx_make(sk);

	return ctx ? lua_sock_set_policy(sk, ctx, policy) : -ENOMEM;
}

/* What is there now, to change a part of it. */
static struct lua_policy get_policy(struct sock *sk)
{
	const struct lua_prog *prog;

	lua_sock_peek(sk, &prog);
	return *lua_prog_policy(prog);
}

static int set_onerror(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct lua_policy policy;
	int value, err;

	err = copy_safe_from_sockptr(&value, sizeof(value), optval, optlen);
	if (err)
		return err;
	if (value != SS_LUA_ONERROR_FAIL && value != SS_LUA_ONERROR_PASS)
		return -EINVAL;

	lock_sock(sk);
	policy = get_policy(sk);
	policy.onerror = value;
	err = set_policy(sk, &policy);
	release_sock(sk);
	return err;
}

/* Shorter than ours: from an older program. Longer: it must not want what we do
 * not know.
 */
static int copy_struct(void *to, size_t size, sockptr_t optval,
		       unsigned int optlen)
{
	if (!optlen)
		return -EINVAL;
	if (optlen > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_sockptr(to, size, optval, optlen);
}

static int set_limits(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct ss_lua_limits limits;
	struct lua_policy policy;
	int err;

	err = copy_struct(&limits, sizeof(limits), optval, optlen);
	if (err)
		return err;

	lock_sock(sk);
	policy = get_policy(sk);
	policy.max_instructions = limits.max_instructions;
	policy.max_memory = limits.max_memory;
	err = lua_net_suits(sock_net(sk), &policy) ? set_policy(sk, &policy) :
						     -ERANGE;
	release_sock(sk);
	return err;
}

/**
 * lua_ulp_setsockopt - proto->setsockopt() of a socket with the protocol
 * @sk: socket
 * @level: %SOL_LUA, or what TCP knows
 * @optname: SS_LUA_*
 * @optval: value
 * @optlen: bytes of it
 *
 * Context: process context
 * Return: 0, or a negative error as Documentation/networking/lua.rst has them
 */
int lua_ulp_setsockopt(struct sock *sk, int level, int optname,
		       sockptr_t optval, unsigned int optlen)
{
	if (level != SOL_LUA)
		return lua_proto_base(sk)->setsockopt(sk, level, optname,
						      optval, optlen);
	if (!lua_net_may_attach())
		return -EPERM;

	switch (optname) {
	case SS_LUA_LOADSCRIPT:
		return set_script(sk, optval, optlen);
	case SS_LUA_ENTRYPOINT:
		return set_entry(sk, optval, optlen);
	case SS_LUA_HOOK:
		return set_hook(sk, optval, optlen);
	case SS_LUA_ONERROR:
		return set_onerror(sk, optval, optlen);
	case SS_LUA_LIMITS:
		return set_limits(sk, optval, optlen);
	default:
		return -ENOPROTOOPT;
	}
}

/* As much as fits; a name or a message that does not is cut, a script is not. */
static int put_text(char __user *optval, int __user *optlen, int room,
		    const char *text, size_t len)
{
	int n = min_t(size_t, len, room);

	if (put_user(n, optlen) || copy_to_user(optval, text, n))
		return -EFAULT;
	return 0;
}

static int get_error(struct sock *sk, char __user *optval, int __user *optlen,
		     int room)
{
	char error[SS_LUA_ERROR_MAX] = "";
	struct lua_ulp_ctx *ctx;

	lock_sock(sk);
	ctx = lua_sock_ctx(sk);
	if (!IS_ERR_OR_NULL(ctx) && ctx->error)
		strscpy(error, ctx->error, min_t(int, room, sizeof(error)));
	release_sock(sk);
	return put_text(optval, optlen, room, error, strlen(error) + 1);
}

static void read_hook(struct sock *sk, struct ss_lua_hook *hook)
{
	struct lua_prog *prog = lua_sock_prog_get(sk);

	memset(hook->name, 0, sizeof(hook->name));
	if (prog)
		strscpy(hook->name, prog->hook[hook->hook]);
	lua_prog_put(prog);
}

static int get_entry(struct sock *sk, char __user *optval, int __user *optlen,
		     int room)
{
	struct ss_lua_hook hook = { .hook = SS_LUA_HOOK_RECEIVE };

	read_hook(sk, &hook);
	return put_text(optval, optlen, room, hook.name, strlen(hook.name) + 1);
}

static int get_hook(struct sock *sk, char __user *optval, int __user *optlen,
		    int room)
{
	struct ss_lua_hook hook;

	if (room < sizeof(hook))
		return -EINVAL;
	if (copy_from_user(&hook.hook, optval, sizeof(hook.hook)))
		return -EFAULT;
	if (hook.hook >= __SS_LUA_HOOK_MAX)
		return -EINVAL;
	read_hook(sk, &hook);
	return put_text(optval, optlen, room, (const char *)&hook, sizeof(hook));
}

static int get_script(struct sock *sk, char __user *optval, int __user *optlen,
		      int room)
{
	struct lua_prog *prog = lua_sock_prog_get(sk);
	int err;

	if (!prog || !prog->code)
		err = put_text(optval, optlen, room, "", 0);
	else if (prog->code->len > room)
		err = put_user((int)prog->code->len, optlen) ?: -EMSGSIZE;
	else
		err = put_text(optval, optlen, room, prog->code->text,
			       prog->code->len);
	lua_prog_put(prog);
	return err;
}

/* As much as fits. The length is ours, so that a program can tell which fields
 * this kernel has.
 */
static int put_struct(char __user *optval, int __user *optlen, int room,
		      const void *value, int size)
{
	if (put_user(size, optlen) || copy_to_user(optval, value, min(size, room)))
		return -EFAULT;
	return 0;
}

static int get_onerror(struct sock *sk, char __user *optval, int __user *optlen,
		       int room)
{
	int value;

	lock_sock(sk);
	value = get_policy(sk).onerror;
	release_sock(sk);
	return put_text(optval, optlen, room, (char *)&value, sizeof(value));
}

static int get_limits(struct sock *sk, char __user *optval, int __user *optlen,
		      int room)
{
	struct ss_lua_limits limits = {};
	struct klua_limits effective;
	struct lua_policy policy;

	lock_sock(sk);
	policy = get_policy(sk);
	release_sock(sk);
	lua_net_limits(sock_net(sk), &policy, &effective);
	limits.max_instructions = effective.max_instructions;
	limits.max_memory = effective.max_memory;
	return put_struct(optval, optlen, room, &limits, sizeof(limits));
}

/* Text that could not be given away stays. */
static int get_log(struct sock *sk, char __user *optval, int __user *optlen,
		   int room)
{
	struct lua_ulp_ctx *ctx;
	size_t len = 0;
	char *text;
	u64 end;
	int err;

	room = min_t(int, room, SS_LUA_LOG_MAX);
	text = kmalloc(room, GFP_KERNEL_ACCOUNT);
	if (!text)
		return -ENOMEM;
	lock_sock(sk);
	/* Once made, it is there as long as the socket. */
	ctx = lua_sock_peek(sk, NULL);
	if (ctx)
		len = lua_log_copy(&ctx->log, text, room, &end);
	release_sock(sk);

	err = put_text(optval, optlen, room, text, len);
	if (!err && len) {
		lock_sock(sk);
		lua_log_forget(&ctx->log, end);
		release_sock(sk);
	}
	kfree(text);
	return err;
}

static int get_info(struct sock *sk, char __user *optval, int __user *optlen,
		    int room)
{
	struct ss_lua_info info;

	lock_sock(sk);
	lua_info_fill(sk, &info);
	release_sock(sk);
	return put_struct(optval, optlen, room, &info, sizeof(info));
}

/**
 * lua_ulp_getsockopt - proto->getsockopt() of a socket with the protocol
 * @sk: socket
 * @level: %SOL_LUA, or what TCP knows
 * @optname: SS_LUA_*
 * @optval: where to
 * @optlen: room there; gets the bytes that were written, or of the structure
 *
 * Context: process context
 * Return: 0, or a negative error as Documentation/networking/lua.rst has them
 */
int lua_ulp_getsockopt(struct sock *sk, int level, int optname,
		       char __user *optval, int __user *optlen)
{
	int room;

	if (level == SOL_TCP && optname == TCP_ZEROCOPY_RECEIVE)
		return lua_ulp_zerocopy_receive(sk, optval, optlen);
	if (level != SOL_LUA)
		return lua_proto_base(sk)->getsockopt(sk, level, optname,
						      optval, optlen);
	if (get_user(room, optlen))
		return -EFAULT;
	if (room <= 0)
		return -EINVAL;

	switch (optname) {
	case SS_LUA_ERROR:
		return get_error(sk, optval, optlen, room);
	case SS_LUA_LOADSCRIPT:
		return get_script(sk, optval, optlen, room);
	case SS_LUA_ENTRYPOINT:
		return get_entry(sk, optval, optlen, room);
	case SS_LUA_HOOK:
		return get_hook(sk, optval, optlen, room);
	case SS_LUA_ONERROR:
		return get_onerror(sk, optval, optlen, room);
	case SS_LUA_LIMITS:
		return get_limits(sk, optval, optlen, room);
	case SS_LUA_LOG:
		return get_log(sk, optval, optlen, room);
	case SS_LUA_INFO:
		return get_info(sk, optval, optlen, room);
	default:
		return -ENOPROTOOPT;
	}
}
