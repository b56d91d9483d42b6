/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How an error leaves C functions: what the architecture's setjmp_*.S saves, which
 * is what a called function must leave as it was.
 */
#ifndef _LUA_LIBC_SETJMP_H
#define _LUA_LIBC_SETJMP_H

#include <linux/types.h>

#if defined(__x86_64__)
#define KLUA_JMPBUF_REGS	8
#elif defined(__i386__)
#define KLUA_JMPBUF_REGS	6
#elif defined(__aarch64__)
#define KLUA_JMPBUF_REGS	14
#elif defined(__arm__) || defined(__s390x__)
#define KLUA_JMPBUF_REGS	10
#elif defined(__riscv)
#define KLUA_JMPBUF_REGS	15
#elif defined(__powerpc64__)
#define KLUA_JMPBUF_REGS	22
#endif

struct klua_jmpbuf {
	unsigned long regs[KLUA_JMPBUF_REGS];
};

int klua_setjmp(struct klua_jmpbuf *env) __attribute__((returns_twice));
void klua_longjmp(struct klua_jmpbuf *env);

#endif
