/* SPDX-License-Identifier: GPL-2.0 */
/*
 * setjmp() and longjmp() for Lua's errors, on s390.
 *
 * struct klua_jmpbuf holds r6 to r15, of which r14 is the return address and r15
 * the stack pointer.
 */
#include <linux/linkage.h>

#include <asm/nospec-insn.h>

	GEN_BR_THUNK %r14

SYM_FUNC_START(klua_setjmp)
	stmg	%r6, %r15, 0(%r2)
	lghi	%r2, 0
	BR_EX	%r14
SYM_FUNC_END(klua_setjmp)

SYM_FUNC_START(klua_longjmp)
	lmg	%r6, %r15, 0(%r2)
	lghi	%r2, 1
	BR_EX	%r14
SYM_FUNC_END(klua_longjmp)
