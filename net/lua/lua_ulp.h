/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lua upper layer protocol, and the map of this folder:
 *
 *	ulp.c		attach, inherit, release: the TCP ULP itself
 *	proto.c		the struct proto and proto_ops that lead here
 *	sock.c		a socket's context: made on first use, freed off softirq
 *	prog.c		scripts: immutable, counted, shared by all their sockets
 *	sockopt.c	level SOL_LUA
 *	gate.c		the one way in: which bytes the script has passed
 *	recv.c		recvmsg()
 *	splice.c	splice() and read_sock()
 *	poll.c		poll(), SIOCINQ: asking without reading
 *	tx.c		the one way out: which bytes TCP may have
 *	send.c		sendmsg()
 *	accept.c	accept(): may the application have a connection?
 *	connect.c	connect(): may it have one there?
 *	hook.c		calling the script for data
 *	event.c		calling it for what moves no data
 *	verdict.c	what its answer means
 *	data.c		the data object that scripts see
 *	layout.c	its fields
 *	search.c	patterns and texts in it
 *	sk.c		the socket object that they see
 *	time.c		the clocks that they have
 *	lib.c		the libraries that they require(); those in Lua are in lib/
 *	shared.c	the dictionary objects that they see
 *	dict.c		dictionaries: what many sockets' scripts remember together
 *	dicts.c		which of them there are: a script's, and those with a name
 *	view.c		received bytes where they lie, in the receive queue
 *	ctrl.c		sysctl
 *	quota.c		what a namespace's sockets may have together
 *	mib.c		counters of a namespace
 *	info.c		counters of a socket
 *	log.c		what scripts print
 *	trace.c		tracepoints
 *
 * A call flows one way: socket call -> gate -> hook -> sandbox -> script, and
 * back by return value. The sandbox (lib/lua) knows no sockets, data.c and
 * hook.c know no msghdr, gate.c knows no lua_State.
 *
 * The socket lock guards a context and what is its own. Lua runs in process
 * context only, with that lock held. Softirq takes and drops references, looks
 * whether a socket is readable, and gives users in the kernel what was passed
 * before; so what it reads without the lock (icsk_ulp_data, ctx->prog) is also
 * protected by RCU. A script is shared by sockets: its text and chunk never
 * change, its image and dictionary are set once, by cmpxchg(). Dictionaries
 * have locks of their own, which are taken within the socket's.
 */
#ifndef _NET_LUA_ULP_H
#define _NET_LUA_ULP_H

#include <linux/align.h>
#include <linux/lua.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>
#include <uapi/linux/lua.h>

struct klua;
struct klua_chunk;
struct lua_verdict;
struct lua_view;
struct lua_dict;
struct lua_State;

/**
 * struct lua_code - a script's text and what it compiled to, which never change
 * @ref: programs that use it
 * @privileged: who loaded it may set marks, and so may the script
 * @owner: who loaded it; all with privilege are one
 * @chunk: the compiled form, from which each socket's sandbox is filled
 * @image: of a sandbox that is about to run it, made by the first socket that inherits
 *	it; NULL until then, ERR_PTR() if there can be none
 * @dict: its dictionary, made by the first state that asks; NULL until then
 * @len: bytes of @text
 * @text: as the application gave it
 */
struct lua_code {
	refcount_t ref;
	bool privileged;
	kuid_t owner;
	struct klua_chunk *chunk;
	struct klua_image *image;
	struct lua_dict *dict;
	size_t len;
	char text[] __counted_by(len);
};

/**
 * struct lua_policy - what an application chose for its scripts
 * @max_instructions: units of work of one call; 0: as the namespace has it
 * @max_memory: bytes of a sandbox; 0: as the namespace has it
 * @onerror: SS_LUA_ONERROR_*
 */
struct lua_policy {
	u64 max_instructions;
	u64 max_memory;
	int onerror;
};

/**
 * struct lua_prog - a script and which of its functions are called; never
 *	changes, so that accepted sockets share their listener's
 * @ref: sockets that use it
 * @rcu: softirq takes references under RCU
 * @code: the script, or NULL if there is none yet
 * @hook: names of the functions, by SS_LUA_HOOK_*; "" if there is none
 * @policy: under which rules it runs
 */
struct lua_prog {
	refcount_t ref;
	struct rcu_head rcu;
	struct lua_code *code;
	char hook[__SS_LUA_HOOK_MAX][SS_LUA_NAME_MAX];
	struct lua_policy policy;
};

static inline bool lua_prog_has(const struct lua_prog *prog, unsigned int which)
{
	return prog && prog->hook[which][0];
}

/**
 * struct lua_rx - what the gate knows about a socket's received bytes
 * @judged_seq: the script has passed all before this sequence number
 * @shown_seq: the script has seen all before this sequence number
 * @want: the script waits until so many bytes follow @judged_seq, or 0
 * @skip: bytes from @judged_seq on that the application must not get
 * @subst_len: bytes that are left in @subst
 * @subst_off: bytes of the first buffer in @subst that have been read
 * @subst: what the application gets in their place; goes after the bytes
 *	before @judged_seq and before those that follow the skipped ones
 * @pass: bytes after those and the skipped ones that need no script;
 *	%LUA_PASS_ALL: the rest of the stream, and no sequence number counts
 * @err: set once the script refused or failed; no more is judged
 * @started: the sequence numbers are valid
 * @ended: the script has seen its last data at the end of the stream
 */
struct lua_rx {
	u32 judged_seq;
	u32 shown_seq;
	u32 want;
	u32 skip;
	u32 subst_len;
	u32 subst_off;
	struct sk_buff_head subst;
	u64 pass;
	int err;
	bool started;
	bool ended;
};

/* Nothing is judged before all that has been passed is read. */
static inline bool lua_rx_must_be_read(const struct lua_rx *rx)
{
	return rx->skip || rx->subst_len;
}

/**
 * struct lua_log - the last that a script printed
 * @read: all text before this position was read
 * @end: position where the next line goes
 * @text: %SS_LUA_LOG_MAX bytes, in which position n is at n modulo that; NULL
 *	if nothing was printed
 */
struct lua_log {
	u64 read;
	u64 end;
	char *text;
};

/* What is counted: for a namespace; from LUA_MIB_CALLS on, for a socket too */
enum {
	LUA_MIB_ATTACHED,
	LUA_MIB_INHERITED,
	LUA_MIB_LOADED,
	LUA_MIB_LOADERRORS,
	LUA_MIB_STATES,
	LUA_MIB_DICTEVICTIONS,
	LUA_MIB_SENTBYTES,
	LUA_MIB_SENTDROPPEDBYTES,
	LUA_MIB_SENTREPLACED,
	LUA_MIB_SENTREPLACEDBYTES,
	LUA_MIB_SENTUNJUDGEDBYTES,
	LUA_MIB_CALLS,
	LUA_MIB_PASSEDBYTES,
	LUA_MIB_DROPPEDBYTES,
	LUA_MIB_REFUSED,
	LUA_MIB_REPLACED,
	LUA_MIB_REPLACEDBYTES,
	LUA_MIB_ERRORS,
	LUA_MIB_ACCEPTREFUSED,
	LUA_MIB_CONNECTREFUSED,
	LUA_MIB_UNJUDGED,
	LUA_MIB_LIMITHITS,
	LUA_MIB_STATESREFUSED,
	LUA_MIB_PRINTS,
	__LUA_MIB_MAX
};

#define LUA_SOCK_COUNTS	(__LUA_MIB_MAX - LUA_MIB_CALLS)

/**
 * struct lua_tx - what the send gate knows about a socket's bytes
 * @queue: bytes from the application that TCP has not got
 * @mem: memory of @queue
 * @out_seq: TCP has got all before this sequence number
 * @judged_seq: the script has passed all before this sequence number
 * @shown_seq: the script has seen all before this sequence number
 * @end_seq: sequence number of the next byte that the application sends
 * @want: the script waits until so many bytes follow @judged_seq, or 0
 * @pass: bytes from @judged_seq on that need no script; %LUA_PASS_ALL: the
 *	rest of the stream
 * @err: set once the script refused or failed; nothing more is sent
 * @err_seq: from which byte on, then
 * @ended: the script has seen its last data at the end of the stream
 *
 * The sequence numbers are not TCP's: they count what the application has sent. A
 * replacement, of whatever length, has those before @judged_seq until TCP has it.
 */
struct lua_tx {
	struct sk_buff_head queue;
	u32 mem;
	u32 out_seq;
	u32 judged_seq;
	u32 shown_seq;
	u32 end_seq;
	u32 want;
	u64 pass;
	int err;
	u32 err_seq;
	bool ended;
};

/**
 * struct lua_ulp_ctx - a socket with a script, or with something to say
 * @prog: the script, or NULL
 * @klua: the sandbox it runs in; NULL until the first data
 * @rx: the receive gate's state
 * @tx: the send gate's state
 * @error: the last error, or NULL
 * @log: what it printed
 * @memory: of the sandbox, after the last call
 * @spent: units of work: of the last call, the longest one, all, and those since
 *	the socket was unlocked for others, at most
 * @unjudged: because of an error: bytes so far; bytes that had been received
 *	before those of now, if any are
 * @count: from %LUA_MIB_CALLS on
 * @mib: the counters of its namespace
 * @free_work: ends it in process context after a grace period
 */
struct lua_ulp_ctx {
	struct lua_prog __rcu *prog;
	struct klua *klua;
	struct lua_rx rx;
	struct lua_tx tx;
	char *error;
	struct lua_log log;
	size_t memory;
	struct {
		u64 last;
		u64 max;
		u64 total;
		u64 held;
	} spent;
	struct {
		u64 before;
		u64 from;
		bool now;
	} unjudged;
	u64 count[LUA_SOCK_COUNTS];
	struct lua_mib __percpu *mib;
	struct rcu_work free_work;
};

/* ulp.c */
extern struct tcp_ulp_ops lua_ulp_ops;
int lua_ulp_attach(struct sock *sk, struct lua_prog *prog);

/* proto.c */
void lua_proto_init(void);
bool lua_proto_suits(const struct sock *sk);
void lua_proto_set(struct sock *sk);
void lua_proto_inherit(struct sock *sk);
void lua_proto_graft(struct sock *sk);
void lua_proto_restore(struct sock *sk);
struct proto *lua_proto_base(const struct sock *sk);
const struct proto_ops *lua_proto_base_ops(const struct sock *sk);

/* sock.c */
struct lua_ulp_ctx *lua_sock_ctx(struct sock *sk);
struct lua_ulp_ctx *lua_sock_ctx_make(struct sock *sk);
struct lua_ulp_ctx *lua_sock_peek(const struct sock *sk,
				  const struct lua_prog **prog);
struct lua_prog *lua_sock_prog_get(const struct sock *sk);
bool lua_sock_is_readable(struct sock *sk);
bool lua_sock_sends_freely(const struct sock *sk);
u32 lua_sock_held_back(const struct sock *sk);
void lua_sock_inherit(struct sock *sk, struct lua_prog *prog);
void lua_sock_adopt(struct sock *sk, struct lua_prog *prog);
void lua_sock_set_prog(struct sock *sk, struct lua_ulp_ctx *ctx,
		       struct lua_prog *prog, struct klua *klua,
		       unsigned long again);
int lua_sock_set_policy(struct sock *sk, struct lua_ulp_ctx *ctx,
			const struct lua_policy *policy);
struct klua *lua_sock_sandbox_new(struct sock *sk, struct lua_ulp_ctx *ctx,
				  struct klua_image *image);
int lua_sock_sandbox(struct sock *sk, struct lua_ulp_ctx *ctx);
void lua_sock_hit_limit(struct sock *sk, struct lua_ulp_ctx *ctx, int err);
int lua_sock_judge(struct sock *sk, struct lua_ulp_ctx *ctx, unsigned int which,
		   struct lua_view *view, unsigned int flags,
		   struct lua_verdict *verdict);
u64 lua_sock_budget(struct sock *sk, const struct lua_ulp_ctx *ctx);
bool lua_sock_breathe(struct sock *sk, struct lua_ulp_ctx *ctx);
bool lua_sock_failed(struct sock *sk, struct lua_ulp_ctx *ctx, int err);
void lua_sock_set_error(struct lua_ulp_ctx *ctx, const char *error);
int lua_sock_send(struct sock *sk, struct kvec *vec);
void lua_sock_fin(struct sock *sk);
int lua_sock_abort(struct sock *sk);
void lua_sock_reset(struct sock *sk);
bool lua_sock_shutdown(struct sock *sk);
void lua_sock_close(struct sock *sk);
void lua_sock_release(struct sock *sk);
int lua_sock_init(void);
void lua_sock_exit(void);

static inline struct lua_prog *lua_ctx_prog(struct sock *sk,
					    const struct lua_ulp_ctx *ctx)
{
	return rcu_dereference_protected(ctx->prog,
					 lockdep_sock_is_held(sk));
}

/* What an application that has chosen nothing has */
extern const struct lua_policy lua_default_policy;

static inline const struct lua_policy *lua_prog_policy(const struct lua_prog *prog)
{
	return prog ? &prog->policy : &lua_default_policy;
}

/* prog.c */
struct lua_code *lua_code_new(size_t len);
struct klua_image *lua_code_image(const struct lua_code *code);
void lua_code_make_image(struct lua_code *code, struct klua *klua);
void lua_code_put(struct lua_code *code);
struct lua_prog *lua_prog_new(struct lua_code *code, const struct lua_prog *old);
void lua_prog_put(struct lua_prog *prog);
int lua_prog_fill(struct klua *klua, const struct lua_prog *prog);

/* sockopt.c */
int lua_ulp_setsockopt(struct sock *sk, int level, int optname,
		       sockptr_t optval, unsigned int optlen);
int lua_ulp_getsockopt(struct sock *sk, int level, int optname,
		       char __user *optval, int __user *optlen);

/* gate.c */
void lua_gate_init(struct lua_rx *rx);
void lua_gate_begin_again(struct lua_rx *rx, bool judged);
void lua_gate_purge(struct lua_rx *rx);
void lua_gate_reset(struct lua_rx *rx);
int lua_gate(struct sock *sk, struct lua_ulp_ctx *ctx, int want, bool nonblock);
int lua_gate_locked(struct sock *sk, struct lua_ulp_ctx *ctx, int want,
		    bool nonblock);
int lua_gate_head(struct sock *sk, const struct lua_ulp_ctx *ctx);
bool lua_gate_is_open(struct sock *sk, const struct lua_ulp_ctx *ctx);
bool lua_gate_urgent(struct sock *sk, const struct lua_ulp_ctx *ctx);
void lua_gate_took_subst(struct lua_ulp_ctx *ctx, u32 len);
void lua_gate_tell(struct sock *sk, const struct lua_ulp_ctx *ctx);
int lua_gate_wait(struct sock *sk, long *timeo);

/* recv.c */
int lua_recv_inq(struct sock *sk, struct lua_ulp_ctx *ctx);
int lua_ulp_set_peek_off(struct sock *sk, int val);
int lua_ulp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags);

/* splice.c */
ssize_t lua_ulp_splice_read(struct socket *sock, loff_t *ppos,
			    struct pipe_inode_info *pipe, size_t len,
			    unsigned int flags);
int lua_ulp_read_sock(struct sock *sk, read_descriptor_t *desc,
		      sk_read_actor_t recv_actor);
int lua_ulp_zerocopy_limit(struct sock *sk, u32 *copy_first);
int lua_ulp_zerocopy_receive(struct sock *sk, char __user *optval,
			     int __user *optlen);

/* poll.c */
__poll_t lua_ulp_poll(struct file *file, struct socket *sock, poll_table *wait);
int lua_ulp_ioctl(struct sock *sk, int cmd, int *karg);
int lua_ulp_peek_len(struct socket *sock);

/* tx.c */

/* Bytes that are taken from the application at once; they fit into one buffer. */
#define LUA_TX_ROUND	SZ_64K

/**
 * struct lua_send - for what call the send gate works
 * @msg: sendmsg()'s, or NULL
 * @flags: MSG_DONTWAIT, MSG_MORE
 * @last: @msg has no bytes left that have not been taken
 * @full: it has, and they will have to wait for room
 * @ended: nothing more will be sent
 */
struct lua_send {
	struct msghdr *msg;
	int flags;
	bool last;
	bool full;
	bool ended;
};

void lua_tx_init(struct lua_tx *tx);
void lua_tx_purge(struct lua_tx *tx);
void lua_tx_reset(struct lua_tx *tx);
int lua_tx_take(struct lua_tx *tx, struct iov_iter *from, u32 len, int flags);
int lua_tx_flush(struct sock *sk, struct lua_tx *tx, const struct lua_send *send);
int lua_tx_judge(struct sock *sk, struct lua_ulp_ctx *ctx,
		 const struct lua_send *send);
bool lua_tx_is_open(struct sock *sk, const struct lua_ulp_ctx *ctx);
bool lua_tx_has_room(struct sock *sk, struct lua_ulp_ctx *ctx);
void lua_tx_begin_again(struct sock *sk, struct lua_ulp_ctx *ctx);
bool lua_tx_end(struct sock *sk, struct lua_ulp_ctx *ctx);

/* Bytes that TCP has not got. */
static inline u32 lua_tx_len(const struct lua_tx *tx)
{
	return READ_ONCE(tx->end_seq) - READ_ONCE(tx->out_seq);
}

/* TCP has no memory for bytes that it should have got. */
static inline bool lua_tx_pending(const struct lua_tx *tx)
{
	return tx->judged_seq != tx->out_seq;
}

/* send.c */
int lua_ulp_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);
int lua_ulp_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size);

/* view.c */

/**
 * struct lua_view - a run of bytes, in the receive queue or the send gate's
 * @queue: the queue; its owner keeps it as it is while the view is used
 * @skb: buffer that was used last; reading goes on from there
 * @seq: sequence number of the first byte: TCP's, or the send gate's
 * @len: bytes
 * @shared: others may have the memory of the buffers, too: the sender, who taps
 *	the network. Writing to one gives it memory of its own.
 */
struct lua_view {
	struct sk_buff_head *queue;
	struct sk_buff *skb;
	u32 seq;
	u32 len;
	bool shared;
};

struct sk_buff *lua_view_buffer(u32 len);
void lua_view_init(struct lua_view *view, struct sk_buff_head *queue, u32 seq,
		   u32 len, bool shared);
int lua_view_copy(struct lua_view *view, u32 from, void *to, u32 len);
int lua_view_write(struct lua_view *view, u32 from, const void *bytes, u32 len);
void lua_view_rewind(struct lua_view *view);

/* Which hooks judge data: those of the first numbers. */
#define LUA_FLOWS	(SS_LUA_HOOK_SEND + 1)

#define LUA_PASS_ALL	U64_MAX

#define LUA_ENV_DICTS	8

#define LUA_NONBLOCK	BIT(0)	/* the application does not want to wait */
#define LUA_ENDED	BIT(1)	/* no more data will come */

/**
 * struct lua_flow - data of one direction, as the script sees it
 * @view: the bytes, while the hook runs
 * @thread: in which it runs, or NULL until the next call makes one
 * @data: the object that stands for the bytes in it, call after call
 * @generation: number of the hook's call; a data object of an earlier one is
 *	dead. A hook that waits and goes on is one call.
 * @pass: what it said with pass(), once @passed
 * @want: it waits for that many bytes in @view, or 0
 * @flags: LUA_NONBLOCK, LUA_ENDED
 * @passed: it has called pass()
 */
struct lua_flow {
	struct lua_view *view;
	struct lua_State *thread;
	struct lua_data *data;
	u64 generation;
	u64 pass;
	u32 want;
	unsigned int flags;
	bool passed;
};

/**
 * struct lua_env - what a sandbox of this folder knows beyond its script
 * @flow: data, by the number of the hook that judges it
 * @running: of the hook that runs, or NULL
 * @net: namespace of its socket
 * @quota: that the sandbox belongs to
 * @code: its script, or NULL if it has run none
 * @dicts: dictionaries that it has found by name
 * @sk: the socket that it belongs to, or NULL in a test; locked while a script
 *	runs
 * @conn: connection that is being accepted, locked, or NULL
 * @conns: how many there have been; their numbers
 * @privileged: the script may set marks
 * @aborted: it has reset the connection, or work that does so is on its way
 * @writes: to data objects, all together
 */
struct lua_env {
	struct lua_flow flow[LUA_FLOWS];
	struct lua_flow *running;
	struct net *net;
	struct lua_quota *quota;
	struct lua_code *code;
	struct lua_dict *dicts[LUA_ENV_DICTS];
	struct sock *sk;
	struct sock *conn;
	u64 conns;
	bool privileged;
	bool aborted;
	u64 writes;
};

/* data.c */

/**
 * struct lua_data - a data object
 * @generation: number of the hook call that it belongs to, if @mem is NULL
 * @which: of which hook that is
 * @mem: block of memory; its owner is this object, or is kept by it
 * @offset: of its first byte, in the block or in the received data
 * @len: bytes
 * @copied: how many writes there were when a copy was made, and 1; or 0
 * @keeps: it has a user value
 */
struct lua_data {
	u64 generation;
	unsigned int which;
	bool keeps;
	u8 *mem;
	size_t offset;
	size_t len;
	u64 copied;
};

/* What a data object keeps, in a table that is its user value */
enum lua_data_slot {
	LUA_DATA_OWNER = 1,
	LUA_DATA_LAYOUT,
	LUA_DATA_COPY,
};

bool lua_data_is(struct lua_State *L, int index);
struct lua_data *lua_data_check(struct lua_State *L, int index);
void lua_data_read(struct lua_State *L, const struct lua_data *data, size_t from,
		   void *to, size_t len);
void lua_data_write(struct lua_State *L, const struct lua_data *data, size_t from,
		    const void *bytes, size_t len);
bool lua_data_has(struct lua_State *L, const struct lua_data *data, size_t from,
		  const char *text, size_t len);
void lua_data_push_string(struct lua_State *L, const struct lua_data *data,
			  size_t from, size_t len);
s64 lua_data_position(s64 position, const struct lua_data *data);
void lua_data_keep(struct lua_State *L, int index, enum lua_data_slot slot);
int lua_data_kept(struct lua_State *L, int index, enum lua_data_slot slot);
int (*lua_data_method(const char *name))(struct lua_State *L);
int lua_data_type(struct lua_State *L);
int lua_data_open(struct lua_State *L);
struct lua_data *lua_data_push(struct lua_State *L, unsigned int which);
void lua_data_show(struct lua_data *data, const struct lua_flow *flow);
void lua_data_forget(struct lua_State *L, int index, struct lua_data *data);

/* layout.c */
int lua_layout_new(struct lua_State *L);
int lua_layout_apply(struct lua_State *L);
int lua_layout_get(struct lua_State *L);
int lua_layout_set(struct lua_State *L);

/* search.c */
int lua_search_find(struct lua_State *L);
int lua_search_match(struct lua_State *L);
int lua_search_gmatch(struct lua_State *L);
void lua_search_open(struct lua_State *L);

/* verdict.c */
enum lua_action {
	LUA_PASS,
	LUA_REFUSE,
	LUA_REPLACE,
	LUA_DROP,
	LUA_MORE,
};

/**
 * struct lua_verdict - what a script decided on the data it was shown
 * @action: what happens
 * @len: %LUA_PASS, %LUA_DROP, %LUA_REPLACE: bytes of the data that it happens
 *	to; %LUA_MORE: bytes that must be there before the script goes on
 * @subst_len: bytes in @subst
 * @pass: bytes after those that need no script
 * @subst: %LUA_REPLACE: what takes their place
 * @reason: %LUA_REFUSE: why, if the script said so, or NULL; to be freed
 */
struct lua_verdict {
	enum lua_action action;
	u32 len;
	u32 subst_len;
	u64 pass;
	struct sk_buff_head subst;
	char *reason;
};

/* What of a hook's results counts */
#define LUA_VERDICT_RESULTS	3

int lua_verdict_open(struct lua_State *L);
bool lua_verdict_is_pass(struct lua_State *L, const struct lua_flow *flow,
			 struct lua_verdict *verdict);
void lua_verdict_read(struct lua_State *L, const struct lua_flow *flow,
		      struct lua_verdict *verdict);

/* sk.c */
#define LUA_ADDRESS_SIZE	48	/* INET6_ADDRSTRLEN */

int lua_sk_open(struct lua_State *L);
void lua_sk_push(struct lua_State *L, u64 conn);
void lua_sk_format(char text[LUA_ADDRESS_SIZE], const __be32 *in,
		   const struct in6_addr *in6);

/* time.c */
int lua_time_open(struct lua_State *L);

/* lib.c */
void lua_lib_connect(struct klua *klua);
int lua_lib_init(void);
void lua_lib_exit(void);

/* fail, rather than have the OOM killer look for a victim */
#define GFP_LUA	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/* dict.c */
#define LUA_DICT_MIN		SZ_4K
#define LUA_DICT_DEFAULT	SZ_1M
#define LUA_DICT_KEY_MAX	1024
#define LUA_DICT_VALUE_MAX	SZ_64K
#define LUA_DICT_TTL_MAX	BIT_ULL(42)	/* ms; as ns it fits into an s64 */

/**
 * struct lua_dict - a dictionary
 * @ref: its script or its namespace, and each sandbox that found it by name
 * @lock: guards what follows, up to @count
 * @entries: hash table
 * @lru: the same entries, those that were used last first
 * @used: bytes that all take
 * @count: entries; may be read without the lock
 * @max: bytes that it may take, and has taken from @quota
 * @quota: of its namespace
 * @free_work: ends it in process context
 * @node: in the table of the dictionaries with a name
 * @name: that it has there
 */
struct lua_dict {
	refcount_t ref;
	struct mutex lock;	/* also against readers: reading is using */
	struct rhashtable entries;
	struct list_head lru;
	size_t used;
	size_t count;
	size_t max;
	struct lua_quota *quota;
	struct work_struct free_work;
	struct rhash_head node;
	struct lua_dict_name {
		kuid_t owner;
		u32 len;
		char text[SS_LUA_NAME_MAX];
	} name;
};

/* At most %LUA_DICT_KEY_MAX bytes. */
struct lua_dict_key {
	const char *bytes;
	u32 len;
};

enum lua_dict_type {
	LUA_DICT_INTEGER,
	LUA_DICT_BOOLEAN,
	LUA_DICT_STRING,
};

/**
 * struct lua_dict_value - what a key stands for
 * @type: which of the others counts
 * @integer: an integer; a boolean: 0 or 1
 * @bytes: a string; not for reading
 * @len: its bytes, at most %LUA_DICT_VALUE_MAX
 */
struct lua_dict_value {
	enum lua_dict_type type;
	s64 integer;
	const char *bytes;
	u32 len;
};

enum lua_dict_how {
	LUA_DICT_SET,
	LUA_DICT_ADD,		/* only if there is none */
	LUA_DICT_REPLACE,	/* only if there is one */
};

/* A key among many. */
struct lua_dict_item {
	u16 len;
	char bytes[];
};

static inline size_t lua_dict_item_size(u32 len)
{
	return ALIGN(sizeof(struct lua_dict_item) + len,
		     __alignof__(struct lua_dict_item));
}

struct lua_dict *lua_dict_new(struct lua_quota *quota, size_t size);
void lua_dict_put(struct lua_dict *dict);
int lua_dict_get(struct lua_dict *dict, const struct lua_dict_key *key,
		 struct lua_dict_value *value, char *to, size_t room);
int lua_dict_set(struct lua_dict *dict, enum lua_dict_how how,
		 const struct lua_dict_key *key,
		 const struct lua_dict_value *value, u64 ttl,
		 unsigned int *evicted);
int lua_dict_incr(struct lua_dict *dict, const struct lua_dict_key *key, s64 n,
		  const s64 *init, u64 ttl, s64 *result, unsigned int *evicted);
void lua_dict_delete(struct lua_dict *dict, const struct lua_dict_key *key);
int lua_dict_ttl(struct lua_dict *dict, const struct lua_dict_key *key, u64 *ttl);
int lua_dict_expire(struct lua_dict *dict, const struct lua_dict_key *key, u64 ttl);
size_t lua_dict_keys(struct lua_dict *dict, size_t max, void *to, size_t room);
void lua_dict_flush(struct lua_dict *dict);
int lua_dict_init(void);
void lua_dict_exit(void);

/* dicts.c */

/**
 * struct lua_dicts - the dictionaries of a namespace that have a name
 * @lock: guards @table
 * @table: by name and owner
 */
struct lua_dicts {
	struct mutex lock;	/* one name, one dictionary */
	struct rhashtable table;
};

struct lua_dict *lua_dicts_script(const struct lua_env *env, size_t size);
struct lua_dict *lua_dicts_named(struct lua_env *env, const char *text,
				 size_t len, size_t size);
void lua_dicts_release(struct lua_env *env);
bool lua_dicts_remove(const struct lua_env *env, const char *text, size_t len);
int lua_dicts_init(struct lua_dicts *dicts);
void lua_dicts_exit(struct lua_dicts *dicts);

/* shared.c */
int lua_shared_open(struct lua_State *L);

/* event.c */

/**
 * struct lua_event - something happens to a socket that moves no data
 * @which: %SS_LUA_HOOK_ACCEPT, %SS_LUA_HOOK_CONNECT or %SS_LUA_HOOK_CLOSE
 * @conn: accept: the new connection, locked
 * @address: connect: where to
 * @port: connect: where to
 * @allowed: the script agrees; close does not ask
 * @reason: why it does not
 */
struct lua_event {
	unsigned int which;
	struct sock *conn;
	char address[LUA_ADDRESS_SIZE];
	u16 port;
	bool allowed;
	char *reason;
};

int lua_event(struct sock *sk, struct lua_ulp_ctx *ctx, struct lua_event *event);

/* accept.c */
struct sock *lua_ulp_accept(struct sock *sk, struct proto_accept_arg *arg);

/* connect.c */
int lua_connect_judge(struct sock *sk, const void *addr, int len);

/* hook.c */
struct klua *lua_hook_sandbox(struct net *net, struct klua_image *image);
void lua_hook_sandbox_free(struct klua *klua);
int lua_hook_bind(struct klua *klua, unsigned int which, const char *name);
void lua_hook_push(struct lua_State *L, unsigned int which);
int lua_hook_judge(struct klua *klua, unsigned int which, struct lua_view *view,
		   unsigned int flags, struct lua_verdict *verdict);

/* quota.c */

/**
 * struct lua_quota - what a namespace's sockets may have together
 * @ref: the namespace, each sandbox, and each dictionary
 * @states: sandboxes that there are
 * @max_states: that there may be
 * @memory: what they share
 * @dicts: what dictionaries share; each takes as much as it may ever need
 */
struct lua_quota {
	refcount_t ref;
	atomic_t states;
	unsigned int max_states;
	struct klua_pool memory;
	struct klua_pool dicts;
};

struct lua_quota *lua_quota_new(unsigned int max_states,
				unsigned long max_memory,
				unsigned long max_dicts);
void lua_quota_put(struct lua_quota *quota);
int lua_quota_enter(struct lua_quota *quota);
void lua_quota_leave(struct lua_quota *quota);
int lua_quota_take(struct lua_quota *quota, size_t size);
void lua_quota_return(struct lua_quota *quota, size_t size);
const char *lua_quota_error(const struct lua_quota *quota, int err);

/* ctrl.c */

/**
 * struct lua_net - a network namespace's part
 * @max_script: bytes of a script's text
 * @max_memory: bytes of a sandbox
 * @max_instructions: units of work of one call
 * @quota: what all its sockets may have together
 * @dicts: dictionaries with a name
 * @header: the sysctl table
 * @mib: counters of this namespace
 */
struct lua_net {
	unsigned int max_script;
	unsigned int max_memory;
	unsigned int max_instructions;
	struct lua_quota *quota;
	struct lua_dicts dicts;
	struct ctl_table_header *header;
	struct lua_mib __percpu *mib;
};

struct lua_net *lua_net(const struct net *net);
bool lua_net_may_attach(void);
void lua_net_limits(const struct net *net, const struct lua_policy *policy,
		    struct klua_limits *limits);
bool lua_net_suits(const struct net *net, const struct lua_policy *policy);
int lua_net_init(void);
void lua_net_exit(void);

/* mib.c */
struct lua_mib {
	unsigned long count[__LUA_MIB_MAX];
};

#define LUA_ADD_STATS(net, field, n) \
	this_cpu_add(lua_net(net)->mib->count[field], n)
#define LUA_INC_STATS(net, field)	LUA_ADD_STATS(net, field, 1)

/* For a socket that is locked, and for its namespace. */
#define LUA_COUNT(ctx, field, n)					\
	do {								\
		u64 *__count = &(ctx)->count[(field) - LUA_MIB_CALLS];	\
									\
		WRITE_ONCE(*__count, *__count + (n));			\
		this_cpu_add((ctx)->mib->count[field], n);		\
	} while (0)

int lua_mib_init(struct net *net);
void lua_mib_exit(struct net *net);

/* trace.c */
void lua_trace_verdict(struct sock *sk, unsigned int hook, u32 size,
		       const struct lua_verdict *verdict);

/* info.c */
void lua_info_called(struct lua_ulp_ctx *ctx, const struct klua *klua);
void lua_info_unjudged(struct sock *sk, struct lua_ulp_ctx *ctx, u32 len);
void lua_info_judged(struct sock *sk, struct lua_ulp_ctx *ctx);
void lua_info_fill(const struct sock *sk, struct ss_lua_info *info);
int lua_info_put(struct sock *sk, struct sk_buff *skb, bool net_admin);
size_t lua_info_size(const struct sock *sk, bool net_admin);

/* log.c */
void lua_log_connect(struct klua *klua, struct sock *sk);
size_t lua_log_copy(const struct lua_log *log, char *to, size_t room, u64 *end);
void lua_log_forget(struct lua_log *log, u64 end);
void lua_log_free(struct lua_log *log);

#endif /* _NET_LUA_ULP_H */
