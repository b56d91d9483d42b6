/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lua's configuration: numbers are 64-bit integers, every API call and every VM
 * instruction is charged to the sandbox, errors jump with klua_setjmp(), and the
 * depth of C calls is measured in bytes of kernel stack.
 *
 * The luai_ names that Lua does not define are used by the edits that
 * lib/lua/import makes.
 */
#ifndef luaconf_h
#define luaconf_h

#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <limits.h>
#include <setjmp.h>
#include <stddef.h>

struct lua_State;

/*
 * What the sources below charge and look at; the head of struct klua. A frame below
 * @stack_low needs a closer look; all do while an overflow is being reported.
 */
struct klua_meter {
	s64 left;
	void *handler;
	unsigned long stack_low;
	const struct klua_strings *strings;
};

/* The short strings of an image, @size a power of two: all its states have them. */
struct klua_strings {
	struct TString **hash;
	int size;
};

void klua_tick(struct lua_State *L);
void klua_yield_cpu(void);
unsigned int klua_hash_pointer(const struct klua_meter *meter, const void *p);
void klua_throw(struct lua_State *L, struct klua_jmpbuf *env, int status);
void klua_check_stack(struct lua_State *L);
bool klua_stack_low(void);
void klua_check_binary(struct lua_State *L, const char *mode);
long long klua_no_division(struct lua_State *L);
long long klua_no_power(struct lua_State *L);
int klua_format(char *buf, size_t size, const char *fmt, ...);
unsigned int klua_random(void);

/* The space in front of each lua_State, coroutines included, is a pointer to it. */
static inline struct klua_meter *luai_meter(struct lua_State *L)
{
	return *((struct klua_meter **)L - 1);
}

static inline void luai_charge(struct lua_State *L, s64 units)
{
	struct klua_meter *meter = luai_meter(L);

	meter->left -= units;
	if (unlikely(meter->left < 0))
		klua_tick(L);
}

/* What may not raise an error where it is, the collector for one, is paid later. */
#define luai_meter_of(g)	((struct klua_meter *)(g)->ud)
#define luai_owe(g, units)	((void)(luai_meter_of(g)->left -= (units)))

/* calls that need no memory, even if a collection for want of it has run */
#define LUAI_SPARECALLS		8

/* rounds of the collector over tables with weak keys */
#define LUAI_EPHEMERONS		8

static inline void luai_chargecmp(struct lua_State *L, size_t a, size_t b)
{
	luai_charge(L, min(a, b) >> 4);
}

static inline void luai_checkcstack(struct lua_State *L)
{
	if (unlikely((unsigned long)__builtin_frame_address(0) < luai_meter(L)->stack_low))
		klua_check_stack(L);
}

static inline void *klua_try(struct klua_meter *meter, void *handler)
{
	void *outer = meter->handler;

	meter->handler = handler;
	return outer;
}

/* The innermost handler that is there, in whatever coroutine. */
#define luai_handler(meter)	(((struct klua_meter *)(meter))->handler)

#define lua_lock(L)		luai_charge((L), 1)
#define luai_lightlock(L)	((void)(luai_meter(L)->left--))
#define lua_unlock(L)		((void)0)
#define luai_threadyield(L)	((void)0)

#define luai_cstacklow(L)	klua_stack_low()
#define luai_checkbinary(L, mode)	klua_check_binary((L), (mode))

#define luai_jmpbuf		struct klua_jmpbuf
#define LUAI_THROW(L, c)	klua_throw((L), &(c)->b, (c)->status)
#define LUAI_TRY(L, c, a)						\
	{								\
		void *outer_ = klua_try(G(L)->ud, (c));			\
									\
		if (klua_setjmp(&(c)->b) == 0) {			\
			a						\
		}							\
		klua_try(G(L)->ud, outer_);				\
	}

/* of the debug hook, which is never set */
#define l_signalT		int

#define luai_makeseed()		klua_random()
#define l_randomizePivot()	klua_random()

/* The cache of strings that C code pushes, which is in each state: they are few here. */
#define STRCACHE_N		13
#define STRCACHE_M		1

/* All bytes of a long string count, or it is easy to make many that collide. */
#define LUAI_HASHLIMIT		31

/*
 * Numbers. Lua's float is the same type as its integer, and nothing makes a
 * value of the float variant: literals and strings are refused, '/' and '^'
 * raise errors, the rest is done as integers.
 */
#define LUA_INTEGER		long long
#define LUA_UNSIGNED		unsigned long long
#define LUAI_UACINT		long long
#define LUA_INTEGER_FRMLEN	"ll"
#define LUA_INTEGER_FMT		"%lld"
/* for #if, too */
#define LUA_MAXINTEGER		0x7fffffffffffffffLL
#define LUA_MININTEGER		(-LUA_MAXINTEGER - 1)
#define lua_integer2str(s, sz, n)	klua_format((s), (sz), "%lld", (long long)(n))

#define LUA_NUMBER		long long
#define LUAI_UACNUMBER		long long
#define LUA_NUMBER_FRMLEN	"ll"
#define LUA_NUMBER_FMT		"%lld"
#define lua_number2str(s, sz, n)	lua_integer2str((s), (sz), (n))
#define lua_number2strx(L, b, sz, f, n)	lua_integer2str((b), (sz), (n))
#define lua_str2number(s, p)	(*(p) = (char *)(s), 0)
#define lua_strx2number(s, p)	lua_str2number((s), (p))
#define lua_numbertointeger(n, p)	(*(p) = (n), 1)
#define lua_getlocaledecpoint()	'.'
#define l_mathlim(n)		(KLUA_##n)
#define KLUA_MAX_10_EXP		0
#define l_mathop(op)		op
#define l_floor(x)		(x)
#define l_hashfloat(n)		((int)(n))
/* an integer has no more bits than that: none gets lost */
#define KLUA_MANT_DIG		64

/* of division that rounds towards zero, by a number that is neither 0 nor -1 */
#define luai_quotient(m, n)	div64_s64((m), (n))

static inline long long luai_remainder(long long m, long long n)
{
	return m - luai_quotient(m, n) * n;
}

#define luai_numadd(L, a, b)	((long long)((unsigned long long)(a) + (b)))
#define luai_numsub(L, a, b)	((long long)((unsigned long long)(a) - (b)))
#define luai_nummul(L, a, b)	((long long)((unsigned long long)(a) * (b)))
#define luai_numunm(L, a)	((long long)(0ULL - (a)))
#define luai_numdiv(L, a, b)	((void)(a), (void)(b), klua_no_division(L))
#define luai_numpow(L, a, b)	((void)(a), (void)(b), klua_no_power(L))
#define luai_numidiv(L, a, b)	luaV_div((L), (a), (b))
#define luai_nummod(L, a, b, m)	((m) = luaV_mod((L), (a), (b)))
#define luai_numeq(a, b)	((a) == (b))
#define luai_numlt(a, b)	((a) < (b))
#define luai_numle(a, b)	((a) <= (b))
#define luai_numisnan(a)	((void)(a), 0)

#ifdef lstrlib_c
/* string.pack() has code for them, which its options cannot reach. */
#define float			int
#define double			long long
#endif

#ifdef lauxlib_c
/* the kernel has one, too */
#define panic			luaL_panic
#endif

/* The C library. */
#define l_sprintf(s, sz, f, i)	klua_format((s), (sz), (f), (i))
/* %p: a hash of the address, as everywhere in the kernel */
#define lua_pointer2str(s, sz, p)	snprintf((s), (sz), "%p", (p))
#define lua_writestring(s, l)	((void)(s), (void)(l))
#define lua_writeline()		((void)0)
#define lua_writestringerror(s, p)	((void)(s), (void)(p))

/* Sizes. Two buffers lie on the C stack; the Lua stack is memory of the state. */
#define LUAI_BITSINT		32
#define LUAI_MAXSTACK		100000
#define LUA_EXTRASPACE		(sizeof(void *))
#define LUA_IDSIZE		60
#define LUAL_BUFFERSIZE		256
#define LUA_KCONTEXT		ptrdiff_t

#define LUA_API			extern
#define LUALIB_API		extern
#define LUAMOD_API		extern
#define LUAI_FUNC		extern
#define LUAI_DDEC		extern
#define LUAI_DDEF

#endif
