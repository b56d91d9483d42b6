/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How an error leaves C functions: what the architecture's setjmp_*.S saves, which
 * is what a called function must leave as it was, and which of it is the stack pointer.
 */
#ifndef _LUA_LIBC_SETJMP_H
#define _LUA_LIBC_SETJMP_H

#include <linux/types.h>

#if defined(__x86_64__)
#define KLUA_JMPBUF_REGS	8
#define KLUA_JMPBUF_SP		6
#elif defined(__i386__)
#define KLUA_JMPBUF_REGS	6
#define KLUA_JMPBUF_SP		4
#elif defined(__aarch64__)
#define KLUA_JMPBUF_REGS	14
#define KLUA_JMPBUF_SP		12
#elif defined(__arm__)
#define KLUA_JMPBUF_REGS	10
#define KLUA_JMPBUF_SP		8
#elif defined(__s390x__)
#define KLUA_JMPBUF_REGS	10
#define KLUA_JMPBUF_SP		9
#elif defined(__riscv)
#define KLUA_JMPBUF_REGS	15
#define KLUA_JMPBUF_SP		1
#elif defined(__powerpc64__)
#define KLUA_JMPBUF_REGS	22
#define KLUA_JMPBUF_SP		0
#else
#error no setjmp_*.S for this architecture
#endif

struct klua_jmpbuf {
	unsigned long regs[KLUA_JMPBUF_REGS];
};

int klua_setjmp(struct klua_jmpbuf *env) __attribute__((returns_twice));
void klua_longjmp(struct klua_jmpbuf *env);

#endif
