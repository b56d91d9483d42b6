// SPDX-License-Identifier: GPL-2.0
/*
 * Images. To open the libraries and to load a chunk takes hundreds of thousands of
 * instructions, and makes the same objects each time. An image is a state in which that
 * was done, copied to blocks of its own, with a list of the words in them that are
 * pointers. A state that is made from it is a copy of those blocks in which these words
 * are moved by as much as the block that they point to.
 *
 * The copy is a state like any other: its blocks are blocks of its allocator, its
 * objects are on the collector's lists, and both can free them. Strings and what a chunk
 * was compiled to never change, so they stay in the image, and states point there: they
 * are on no list, and black, so that the collector takes them for looked at.
 *
 * All states of an image have the same seed of string hashes, and the same key of those
 * of pointers. They run the same script for the same owner, as many clients of one
 * process would have one seed.
 */
#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "klua.h"
#include "lauxlib.h"
#include "lfunc.h"
#include "lgc.h"
#include "lobject.h"
#include "lopcodes.h"
#include "lstate.h"
#include "lstring.h"
#include "ltable.h"

/* of a script, for which there is room before it sets them */
#define MAX_GLOBALS	64U

/* for the strings that a state makes itself, before it makes more room */
#define OWN_BUCKETS	32

/* The garbage that a state may make, if it is no more than what the image has, before its
 * collector begins: connections that do not last should need none.
 */
#define FIRST_GARBAGE	SZ_32K

/* objects between two looks at who else wants the CPU */
#define YIELD_AFTER	512

/* what is copied at once */
struct piece {
	void *from;
	size_t size;
};

/* some words in a piece that point to a piece; after the last one comes the sandbox */
struct fix {
	u32 in;
	u32 to;
	u32 words;
};

/**
 * struct klua_image - a state from which others are made
 * @ref: the owner's, and those of states
 * @chunk: whose main function is in it
 * @secret: see struct klua
 * @L: its main thread, in @main
 * @main: the piece with @L
 * @model: the sandbox whose blocks it has; nothing ever runs there
 * @pieces: of those blocks
 * @fixes: of the pointers in them
 * @piece: in the order of their addresses
 * @fix: where pointers point to
 * @at: indices of the words of the first of @fix, of the second, ...
 * @shared: what states point to
 * @strings: the short strings in it
 */
struct klua_image {
	refcount_t ref;
	const struct klua_chunk *chunk;
	siphash_key_t secret;
	lua_State *L;
	unsigned int main;
	struct klua model;
	unsigned int pieces;
	unsigned int fixes;
	struct piece *piece;
	struct fix *fix;
	u32 *at;
	void *shared;
	struct klua_strings strings;
};

/* a block of the template, and its copy, which is one for all states if @shared */
struct span {
	void *old;
	size_t size;
	bool shared;
	void *new;
};

/* a pointer in a copy, the block that it moves with, and their pieces */
struct word {
	void **at;
	void *block;
	u32 in_piece;
	u32 to_piece;
};

/*
 * Everything is looked at twice: to count, and to store, when there are arrays. A
 * template that is not as it should be makes it @failed.
 */
struct builder {
	struct klua_image *image;
	lua_State *L;
	struct span *span;
	unsigned int spans;
	struct word *word;
	unsigned int words;
	unsigned int strings;
	bool failed;
};

/* The key of the main function in the registry. */
static const char main_key;

/*
 * Blocks
 */

static void add_span(struct builder *b, void *block, size_t size, bool shared)
{
	if (!block || !size)
		return;
	if (b->span)
		b->span[b->spans] = (struct span){
			.old = block, .size = size, .shared = shared,
		};
	b->spans++;
}

static void note(struct builder *b, void *block, size_t size)
{
	add_span(b, block, size, false);
}

static void note_shared(struct builder *b, void *block, size_t size)
{
	add_span(b, block, size, true);
}

static bool is_shared(const GCObject *o)
{
	return o->tt == LUA_TPROTO || o->tt == LUA_TSHRSTR || o->tt == LUA_TLNGSTR;
}

static void note_table(struct builder *b, Table *t)
{
	note(b, t, sizeof(*t));
	note(b, t->array, t->sizearray * sizeof(*t->array));
	if (t->lastfree)
		note(b, t->node, sizenode(t) * sizeof(*t->node));
}

static void note_proto(struct builder *b, Proto *p)
{
	note_shared(b, p, sizeof(*p));
	note_shared(b, p->k, p->sizek * sizeof(*p->k));
	note_shared(b, p->p, p->sizep * sizeof(*p->p));
	note_shared(b, p->code, p->sizecode * sizeof(*p->code));
	note_shared(b, p->lineinfo, p->sizelineinfo * sizeof(*p->lineinfo));
	note_shared(b, p->locvars, p->sizelocvars * sizeof(*p->locvars));
	note_shared(b, p->upvalues, p->sizeupvalues * sizeof(*p->upvalues));
}

static void note_closure(struct builder *b, LClosure *cl)
{
	note(b, cl, sizeLclosure(cl->nupvalues));
	/* those of several closures are found as often */
	for (int i = 0; i < cl->nupvalues; i++)
		note(b, cl->upvals[i], sizeof(UpVal));
}

static void note_object(struct builder *b, GCObject *o)
{
	switch (o->tt) {
	case LUA_TTABLE:
		note_table(b, gco2t(o));
		break;
	case LUA_TPROTO:
		note_proto(b, gco2p(o));
		break;
	case LUA_TLCL:
		note_closure(b, gco2lcl(o));
		break;
	case LUA_TCCL:
		note(b, o, sizeCclosure(gco2ccl(o)->nupvalues));
		break;
	case LUA_TUSERDATA:
		note(b, o, sizeudata(gco2u(o)));
		break;
	case LUA_TSHRSTR:
		note_shared(b, o, sizelstring(gco2ts(o)->shrlen));
		b->strings++;
		break;
	case LUA_TLNGSTR:
		luaS_hashlongstr(gco2ts(o));
		note_shared(b, o, sizelstring(gco2ts(o)->u.lnglen));
		break;
	default:
		/* threads but the main one have stacks that wait */
		b->failed = true;
	}
}

/* The main thread and the global state are one block. */
static void *state_block(lua_State *L)
{
	return lua_getextraspace(L);
}

static void note_state(struct builder *b)
{
	lua_State *L = b->L;
	global_State *g = G(L);

	note(b, state_block(L), (void *)(g + 1) - state_block(L));
	note(b, L->stack, L->stacksize * sizeof(*L->stack));
	note(b, g->strt.hash, OWN_BUCKETS * sizeof(*g->strt.hash));
	for (CallInfo *ci = L->base_ci.next; ci; ci = ci->next)
		note(b, ci, sizeof(*ci));
}

static void visit_objects(struct builder *b, void (*fn)(struct builder *b, GCObject *o))
{
	GCObject *const lists[] = { G(b->L)->allgc, G(b->L)->fixedgc };
	unsigned int n = 0;

	for (int i = 0; i < ARRAY_SIZE(lists); i++) {
		for (GCObject *o = lists[i]; o; o = o->next) {
			fn(b, o);
			if (!(++n % YIELD_AFTER))
				klua_yield_cpu();
		}
	}
}

static void note_all(struct builder *b)
{
	b->spans = 0;
	b->strings = 0;
	note_state(b);
	visit_objects(b, note_object);
}

static int compare_spans(const void *x, const void *y)
{
	const struct span *a = x, *b = y;

	return a->old < b->old ? -1 : a->old > b->old;
}

static void forget_doubles(struct builder *b)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < b->spans; i++) {
		if (!n || b->span[n - 1].old != b->span[i].old)
			b->span[n++] = b->span[i];
	}
	b->spans = n;
}

static size_t shared_size(size_t size)
{
	return ALIGN(size, sizeof(u64));
}

static int make_shared(struct builder *b)
{
	size_t size = 0;

	for (unsigned int i = 0; i < b->spans; i++)
		size += b->span[i].shared ? shared_size(b->span[i].size) : 0;
	b->image->shared = kvmalloc(size, GFP_KLUA);
	return b->image->shared ? 0 : -ENOMEM;
}

static int copy_spans(struct builder *b)
{
	void *shared = b->image->shared;

	for (unsigned int i = 0; i < b->spans; i++) {
		struct span *span = &b->span[i];

		if (span->shared) {
			span->new = shared;
			shared += shared_size(span->size);
		} else {
			span->new = klua_alloc(&b->image->model, NULL, 0, span->size);
		}
		if (!span->new)
			return -ENOMEM;
		memcpy(span->new, span->old, span->size);
	}
	klua_arena_settle(&b->image->model.arena);
	return 0;
}

static int copy_blocks(struct builder *b)
{
	note_all(b);
	if (b->failed)
		return -EINVAL;
	b->span = kvmalloc_array(b->spans, sizeof(*b->span), GFP_KLUA);
	if (!b->span)
		return -ENOMEM;
	note_all(b);
	sort(b->span, b->spans, sizeof(*b->span), compare_spans, NULL);
	forget_doubles(b);
	return make_shared(b) ?: copy_spans(b);
}

/*
 * Pointers
 */

static struct span *span_of(struct builder *b, const void *p)
{
	unsigned int low = 0, high = b->spans;
	struct span *span;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (b->span[middle].old <= p)
			low = middle + 1;
		else
			high = middle;
	}
	span = low ? &b->span[low - 1] : NULL;
	if (span && p < span->old + span->size)
		return span;
	b->failed = true;
	return NULL;
}

/* Where the copy of what is at @p is. */
static void *copy_of(struct builder *b, const void *p)
{
	const struct span *span = span_of(b, p);

	return span ? span->new + (p - span->old) : NULL;
}

/* In the copy of the word at @field, what does not move with the state. */
static void set(struct builder *b, void *field, void *value)
{
	void **at = copy_of(b, field);

	if (at)
		*at = value;
}

/* A pointer to @to, which moves with @block: an end of one is where the next begins. */
static void point(struct builder *b, void *field, void *to, void *block)
{
	const struct span *span = span_of(b, field);
	void **at = copy_of(b, field);

	set(b, field, to);
	b->failed |= !span || span->shared;
	if (b->word)
		b->word[b->words] = (struct word){ .at = at, .block = block };
	b->words++;
}

/* A pointer to the copy of @to, which is in a block, or NULL */
static void refer_to(struct builder *b, void *field, void *to)
{
	const struct span *span = to ? span_of(b, to) : NULL;
	void *copy = span ? copy_of(b, to) : NULL;

	if (span && !span->shared)
		point(b, field, copy, copy);
	else
		set(b, field, copy);
}

/* @field points to a block or to what is in one, or is NULL. */
static void refer(struct builder *b, void *field)
{
	refer_to(b, field, *(void **)field);
}

/* @field points to somewhere in @block, or to its end. */
static void refer_within(struct builder *b, void *field, void *block)
{
	void *copy = copy_of(b, block);

	point(b, field, copy + (*(void **)field - block), copy);
}

/* @field begins a list of objects, or the rest of one. */
static void refer_list(struct builder *b, GCObject **field)
{
	GCObject *o = *field;

	while (o && is_shared(o))
		o = o->next;
	refer_to(b, field, o);
}

static void refer_value(struct builder *b, TValue *value)
{
	if (iscollectable(value))
		refer(b, &val_(value).gc);
}

static void refer_values(struct builder *b, TValue *value, int n)
{
	for (int i = 0; i < n; i++)
		refer_value(b, &value[i]);
}

static void refer_sandbox(struct builder *b, void *field)
{
	point(b, field, &b->image->model, &b->image->model);
}

/* The place of an object that is not a string depends on its address. */
static void refer_key(struct builder *b, TValue *key)
{
	if (ttisdeadkey(key))
		set(b, &val_(key).gc, NULL);
	else if (iscollectable(key) && !ttisstring(key))
		b->failed = true;
	else
		refer_value(b, key);
}

static void refer_table(struct builder *b, Table *t)
{
	refer(b, &t->array);
	refer_values(b, t->array, t->sizearray);
	refer(b, &t->metatable);
	set(b, &t->gclist, NULL);
	refer_sandbox(b, &t->meter);
	/* or it is empty, and points to a node that all have */
	if (!t->lastfree)
		return;
	refer(b, &t->node);
	refer_within(b, &t->lastfree, t->node);
	for (int i = 0; i < sizenode(t); i++) {
		refer_value(b, gval(gnode(t, i)));
		refer_key(b, &gnode(t, i)->i_key.tvk);
	}
}

static void refer_proto(struct builder *b, Proto *p)
{
	refer(b, &p->k);
	refer_values(b, p->k, p->sizek);
	refer(b, &p->p);
	for (int i = 0; i < p->sizep; i++)
		refer(b, &p->p[i]);
	refer(b, &p->code);
	refer(b, &p->lineinfo);
	refer(b, &p->locvars);
	for (int i = 0; i < p->sizelocvars; i++)
		refer(b, &p->locvars[i].varname);
	refer(b, &p->upvalues);
	for (int i = 0; i < p->sizeupvalues; i++)
		refer(b, &p->upvalues[i].name);
	refer(b, &p->source);
	set(b, &p->cache, NULL);
	set(b, &p->gclist, NULL);
}

static void refer_closure(struct builder *b, LClosure *cl)
{
	refer(b, &cl->p);
	set(b, &cl->gclist, NULL);
	for (int i = 0; i < cl->nupvalues; i++) {
		UpVal *uv = cl->upvals[i];

		refer(b, &cl->upvals[i]);
		/* not in a stack */
		if (!uv || upisopen(uv)) {
			b->failed = true;
			return;
		}
		refer(b, &uv->v);
		refer_value(b, &uv->u.value);
	}
}

static void refer_userdata(struct builder *b, Udata *u)
{
	refer(b, &u->metatable);
	if (u->ttuv_ & BIT_ISCOLLECTABLE)
		refer(b, &u->user_.gc);
}

static void refer_shared(struct builder *b, GCObject *o)
{
	GCObject *copy = copy_of(b, o);

	if (copy) {
		copy->next = NULL;
		copy->marked = bitmask(BLACKBIT);
	}
	if (o->tt == LUA_TPROTO)
		refer_proto(b, gco2p(o));
}

static void refer_own(struct builder *b, GCObject *o)
{
	refer_list(b, &o->next);
	switch (o->tt) {
	case LUA_TTABLE:
		refer_table(b, gco2t(o));
		break;
	case LUA_TLCL:
		refer_closure(b, gco2lcl(o));
		break;
	case LUA_TCCL:
		set(b, &gco2ccl(o)->gclist, NULL);
		refer_values(b, gco2ccl(o)->upvalue, gco2ccl(o)->nupvalues);
		break;
	case LUA_TUSERDATA:
		refer_userdata(b, gco2u(o));
		break;
	}
}

static void refer_object(struct builder *b, GCObject *o)
{
	if (is_shared(o))
		refer_shared(b, o);
	else
		refer_own(b, o);
}

/* Above the top there is what calls have left. */
static void refer_stack(struct builder *b, lua_State *L)
{
	int used = L->top - L->stack;

	refer(b, &L->stack);
	refer_within(b, &L->top, L->stack);
	refer_within(b, &L->stack_last, L->stack);
	refer_values(b, L->stack, used);
	for (int i = used; i < L->stacksize; i++) {
		TValue *slot = copy_of(b, &L->stack[i]);

		if (slot)
			setnilvalue(slot);
	}
}

static void refer_calls(struct builder *b, lua_State *L)
{
	CallInfo *ci = &L->base_ci;

	refer(b, &L->ci);
	refer_within(b, &ci->func, L->stack);
	refer_within(b, &ci->top, L->stack);
	refer(b, &ci->next);
	/* kept for the next calls */
	for (ci = ci->next; ci; ci = ci->next) {
		set(b, &ci->func, NULL);
		set(b, &ci->top, NULL);
		refer(b, &ci->previous);
		refer(b, &ci->next);
	}
}

static void refer_thread(struct builder *b, lua_State *L)
{
	refer_sandbox(b, lua_getextraspace(L));
	refer(b, &L->l_G);
	refer(b, &L->twups);
	set(b, &L->oldpc, NULL);
	set(b, &L->gclist, NULL);
	refer_stack(b, L);
	refer_calls(b, L);
}

static void refer_strings(struct builder *b, global_State *g)
{
	refer(b, &g->strt.hash);
	for (int i = 0; i < OWN_BUCKETS; i++)
		set(b, &g->strt.hash[i], NULL);
	refer(b, &g->memerrmsg);
	for (int i = 0; i < TM_N; i++)
		refer(b, &g->tmname[i]);
	for (int i = 0; i < STRCACHE_N * STRCACHE_M; i++)
		refer(b, &g->strcache[i / STRCACHE_M][i % STRCACHE_M]);
}

/* The collector's lists are of use while it works. */
static void refer_collector(struct builder *b, global_State *g)
{
	refer_list(b, &g->allgc);
	refer_list(b, &g->fixedgc);
	set(b, &g->gray, NULL);
	set(b, &g->grayagain, NULL);
	set(b, &g->weak, NULL);
	set(b, &g->ephemeron, NULL);
	set(b, &g->allweak, NULL);
}

static void refer_global(struct builder *b, global_State *g)
{
	refer_sandbox(b, &g->ud);
	refer(b, &g->mainthread);
	refer_value(b, &g->l_registry);
	for (int i = 0; i < LUA_NUMTAGS; i++)
		refer(b, &g->mt[i]);
	refer_strings(b, g);
	refer_collector(b, g);
}

static void refer_all(struct builder *b)
{
	b->words = 0;
	refer_thread(b, b->L);
	refer_global(b, G(b->L));
	visit_objects(b, refer_object);
}

static int find_pointers(struct builder *b)
{
	refer_all(b);
	if (b->failed)
		return -EINVAL;
	b->word = kvmalloc_array(b->words, sizeof(*b->word), GFP_KLUA);
	if (!b->word)
		return -ENOMEM;
	refer_all(b);
	return 0;
}

/*
 * Strings
 */

/* As luaS_resize() does it, with a state's own */
static void index_string(struct builder *b, GCObject *o)
{
	struct klua_strings *strings = &b->image->strings;
	TString *copy, **bucket;

	if (o->tt != LUA_TSHRSTR)
		return;
	copy = copy_of(b, o);
	bucket = &strings->hash[lmod(copy->hash, strings->size)];
	copy->u.hnext = *bucket;
	*bucket = copy;
}

static int index_strings(struct builder *b)
{
	struct klua_strings *strings = &b->image->strings;

	strings->size = roundup_pow_of_two(b->strings);
	strings->hash = kvcalloc(strings->size, sizeof(*strings->hash), GFP_KLUA);
	if (!strings->hash)
		return -ENOMEM;
	visit_objects(b, index_string);
	return 0;
}

/* A state has no more than it can free. It is collected when that has doubled, or later. */
static void discount_shared(struct builder *b)
{
	const global_State *g = G(b->L);
	global_State *copy = copy_of(b, g);
	lu_mem size = (g->strt.size - OWN_BUCKETS) * sizeof(*g->strt.hash);
	lu_mem garbage = min_t(lu_mem, gettotalbytes(g), FIRST_GARBAGE);

	for (unsigned int i = 0; i < b->spans; i++)
		size += b->span[i].shared ? b->span[i].size : 0;
	copy->totalbytes -= size;
	copy->GCestimate -= size;
	copy->strt.size = OWN_BUCKETS;
	copy->strt.nuse = 0;
	luaE_setdebt(copy, -(l_mem)max(garbage, gettotalbytes(copy)));
}

/*
 * Pieces
 */

static int compare_pieces(const void *x, const void *y)
{
	const struct piece *a = x, *b = y;

	return a->from < b->from ? -1 : a->from > b->from;
}

/* Blocks that lie in the same piece have its greatest size. */
static void merge_pieces(struct klua_image *image)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < image->pieces; i++) {
		struct piece piece = image->piece[i];

		if (!n || image->piece[n - 1].from != piece.from)
			image->piece[n++] = piece;
		else
			image->piece[n - 1].size = max(image->piece[n - 1].size, piece.size);
	}
	image->pieces = n;
}

static int find_pieces(struct builder *b)
{
	struct klua_image *image = b->image;

	image->piece = kvmalloc_array(b->spans, sizeof(*image->piece), GFP_KLUA);
	if (!image->piece)
		return -ENOMEM;
	for (unsigned int i = 0; i < b->spans; i++) {
		const struct span *span = &b->span[i];
		void *from;

		if (span->shared)
			continue;
		from = klua_piece_of(span->new);
		image->piece[image->pieces++] = (struct piece){
			.from = from, .size = span->new + span->size - from,
		};
	}
	sort(image->piece, image->pieces, sizeof(*image->piece), compare_pieces, NULL);
	merge_pieces(image);
	return 0;
}

/* The piece in which @p is; the sandbox comes after them. */
static unsigned int piece_with(const struct klua_image *image, const void *p)
{
	unsigned int low = 0, high = image->pieces;

	if (p == &image->model)
		return image->pieces;
	while (high - low > 1) {
		unsigned int middle = (low + high) / 2;

		if (image->piece[middle].from <= p)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int compare_words(const void *x, const void *y)
{
	const struct word *a = x, *b = y;

	if (a->in_piece != b->in_piece)
		return a->in_piece < b->in_piece ? -1 : 1;
	if (a->to_piece != b->to_piece)
		return a->to_piece < b->to_piece ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static void sort_words(struct builder *b)
{
	for (unsigned int i = 0; i < b->words; i++) {
		struct word *word = &b->word[i];

		word->in_piece = piece_with(b->image, word->at);
		word->to_piece = piece_with(b->image, word->block);
	}
	sort(b->word, b->words, sizeof(*b->word), compare_words, NULL);
}

static bool same_fix(const struct word *a, const struct word *b)
{
	return a->in_piece == b->in_piece && a->to_piece == b->to_piece;
}

static void store_fixes(struct builder *b)
{
	struct klua_image *image = b->image;
	struct fix *fix = image->fix;
	u32 *at = image->at;

	for (unsigned int i = 0; i < b->words; i++) {
		const struct word *word = &b->word[i];

		/* found from two closures */
		if (i && word->at == word[-1].at)
			continue;
		if (!i || !same_fix(word, word - 1)) {
			fix = &image->fix[image->fixes++];
			*fix = (struct fix){ .in = word->in_piece, .to = word->to_piece };
		}
		*at++ = word->at - (void **)image->piece[fix->in].from;
		fix->words++;
	}
}

static int find_fixes(struct builder *b)
{
	struct klua_image *image = b->image;
	unsigned int fixes = 0;

	sort_words(b);
	for (unsigned int i = 0; i < b->words; i++)
		fixes += !i || !same_fix(&b->word[i], &b->word[i - 1]);
	image->fix = kvmalloc_array(fixes, sizeof(*image->fix), GFP_KLUA);
	image->at = kvmalloc_array(b->words, sizeof(*image->at), GFP_KLUA);
	if (!image->fix || !image->at)
		return -ENOMEM;
	store_fixes(b);
	return 0;
}

/* Nothing runs, nothing is half collected, and nothing waits for its finalizer. */
static bool is_at_rest(lua_State *L)
{
	const global_State *g = G(L);

	return L->ci == &L->base_ci && !L->errorJmp && !L->openupval &&
	       g->gcstate == GCSpause && !g->sweepgc && !g->twups &&
	       !g->finobj && !g->tobefnz && g->strt.size >= OWN_BUCKETS;
}

static int build(struct klua_image *image, struct klua *klua)
{
	struct builder b = { .image = image, .L = klua->L };
	int err;

	if (!is_at_rest(klua->L))
		return -EINVAL;
	err = copy_blocks(&b) ?: find_pointers(&b) ?: index_strings(&b) ?:
	      find_pieces(&b) ?: find_fixes(&b);
	if (!err) {
		discount_shared(&b);
		image->L = copy_of(&b, klua->L);
		image->main = piece_with(image, image->L);
	}
	kvfree(b.span);
	kvfree(b.word);
	return err;
}

static unsigned int count_entries(Table *t)
{
	unsigned int n = 0;

	for (int i = 0; i < sizenode(t); i++)
		n += !ttisnil(gval(gnode(t, i)));
	return n;
}

/* How many globals, at most, the main function sets, unless it has a loop. */
static unsigned int count_globals(const Proto *p)
{
	unsigned int n = 0;

	for (int i = 0; i < p->sizecode; i++)
		n += GET_OPCODE(p->code[i]) == OP_SETTABUP;
	return min(n, MAX_GLOBALS);
}

/* Makes room for them here, as otherwise each state would. */
static void reserve_globals(lua_State *L, const Proto *p)
{
	Table *registry = hvalue(&G(L)->l_registry);
	Table *t = hvalue(luaH_getint(registry, LUA_RIDX_GLOBALS));

	luaH_resize(L, t, t->sizearray, count_entries(t) + count_globals(p));
}

static int prepare(lua_State *L)
{
	klua_push_chunk(L, lua_touserdata(L, 1));
	reserve_globals(L, getproto(L->top - 1));
	lua_rawsetp(L, LUA_REGISTRYINDEX, &main_key);
	lua_gc(L, LUA_GCCOLLECT, 0);
	return 0;
}

/**
 * klua_image_new() - Make an image of a sandbox
 * @klua: the sandbox, in which C functions may have run, but no script
 * @chunk: what klua_run() will run first in it, and in those that are made from the
 *	image; outlives the image, and those first runs
 *
 * What C functions left in @klua is in the image: tables, strings, C functions, and
 * userdata, byte for byte. So what userdata and light userdata point to must be valid in
 * each sandbox that is made from it. There cannot be coroutines, finalizers, and keys of
 * tables that are objects, but for strings.
 *
 * @klua can be used as before.
 *
 * Context: Process context, with the lock that guards @klua; may sleep.
 * Return: The image, or ERR_PTR(): -EINVAL if there can be none; -EOVERFLOW with too
 * little C stack, -EINTR or -ENOMEM if there may be one another time.
 */
struct klua_image *klua_image_new(struct klua *klua, const struct klua_chunk *chunk)
{
	struct klua_image *image;
	int err;

	err = klua_call_unlimited(klua, prepare, (void *)chunk);
	/* the chunk has been compiled, so there is no other error in it */
	if (err)
		return ERR_PTR(err == -EINVAL ? -EOVERFLOW : err);
	klua->main = chunk;

	image = kzalloc_obj(*image, GFP_KLUA);
	if (!image)
		return ERR_PTR(-ENOMEM);
	refcount_set(&image->ref, 1);
	image->chunk = chunk;
	image->secret = klua->secret;
	image->model.limits.max_memory = SIZE_MAX;
	klua_memory_init(&image->model);
	err = build(image, klua);
	if (err) {
		klua_image_free(image);
		return ERR_PTR(err);
	}
	return image;
}
EXPORT_SYMBOL_GPL(klua_image_new);

/**
 * klua_image_free() - Free an image
 * @image: the image, or NULL, or an ERR_PTR()
 *
 * Sandboxes that were made from it go on, and keep the part of it that they need.
 *
 * Context: Any but a hardware interrupt.
 */
void klua_image_free(struct klua_image *image)
{
	if (IS_ERR_OR_NULL(image) || !refcount_dec_and_test(&image->ref))
		return;
	klua_memory_drop(&image->model);
	kvfree(image->shared);
	kvfree(image->strings.hash);
	kvfree(image->piece);
	kvfree(image->fix);
	kvfree(image->at);
	kfree(image);
}
EXPORT_SYMBOL_GPL(klua_image_free);

static int copy_pieces(struct klua *klua, const struct klua_image *image, long *moved)
{
	for (unsigned int i = 0; i < image->pieces; i++) {
		const struct piece *piece = &image->piece[i];
		void *copy = klua_piece_copy(klua, piece->from, piece->size);

		if (!copy)
			return -ENOMEM;
		moved[i] = copy - piece->from;
	}
	moved[image->pieces] = (void *)klua - (void *)&image->model;
	return 0;
}

static void move_pointers(const struct klua_image *image, const long *moved)
{
	const u32 *at = image->at;

	for (unsigned int i = 0; i < image->fixes; i++) {
		const struct fix *fix = &image->fix[i];
		long *words = image->piece[fix->in].from + moved[fix->in];
		const u32 *end = at + fix->words;
		long by = moved[fix->to];

		while (at < end)
			words[*at++] += by;
	}
}

static int fill(struct klua *klua, struct klua_image *image)
{
	long *moved = kvmalloc_array(image->pieces + 1, sizeof(*moved), GFP_KLUA);
	int err;

	if (!moved)
		return -ENOMEM;
	err = copy_pieces(klua, image, moved);
	if (!err) {
		move_pointers(image, moved);
		klua->L = (void *)image->L + moved[image->main];
		klua->secret = image->secret;
		klua->meter.strings = &image->strings;
		klua->main = image->chunk;
		refcount_inc(&image->ref);
		klua->image = image;
	}
	kvfree(moved);
	return err;
}

static struct klua *create_from(struct klua_image *image,
				const struct klua_limits *limits, long fail_after)
{
	struct klua *klua;
	int err;

	klua = klua_new(limits, fail_after);
	if (!klua)
		return ERR_PTR(-ENOMEM);
	err = fill(klua, image);
	if (err) {
		klua_memory_drop(klua);
		kfree(klua);
		return ERR_PTR(err);
	}
	return klua;
}

/**
 * klua_create_from() - Make a sandbox from an image
 * @image: the image
 * @limits: what it may use; copied
 *
 * It has all that was in the sandbox that the image was made of, but for what
 * klua_set_private(), klua_set_libs() and klua_set_print() stored. klua_run() is to
 * come next, and runs the main chunk as it would in any sandbox.
 *
 * Context: Process context; may sleep.
 * Return: The sandbox, or ERR_PTR(-ENOMEM).
 */
struct klua *klua_create_from(struct klua_image *image, const struct klua_limits *limits)
{
	return create_from(image, limits, 0);
}
EXPORT_SYMBOL_GPL(klua_create_from);

/* The main function of @chunk, if the state has it ready; for one use. */
bool klua_image_push_main(lua_State *L, const struct klua_chunk *chunk)
{
	struct klua *klua = klua_of(L);

	if (klua->main != chunk)
		return false;
	klua->main = NULL;
	lua_rawgetp(L, LUA_REGISTRYINDEX, &main_key);
	lua_pushnil(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &main_key);
	return true;
}

#if IS_ENABLED(CONFIG_LUA_KUNIT_TEST)
/* klua_create_from() whose allocation number @fail_after fails. */
struct klua *klua_create_from_failing(struct klua_image *image,
				      const struct klua_limits *limits, long fail_after)
{
	return create_from(image, limits, fail_after);
}
EXPORT_SYMBOL_GPL(klua_create_from_failing);
#endif
