/* SPDX-License-Identifier: GPL-2.0 */
/*
 * setjmp() and longjmp() for Lua's errors, on 64-bit RISC-V.
 *
 * struct klua_jmpbuf holds ra, sp, s0 to s11, and gp, which with a shadow call
 * stack points to its top.
 */
#include <linux/linkage.h>

#include <asm/asm.h>

.macro each_saved op
	\op	ra, 0*SZREG(a0)
	\op	sp, 1*SZREG(a0)
	\op	s0, 2*SZREG(a0)
	\op	s1, 3*SZREG(a0)
	\op	s2, 4*SZREG(a0)
	\op	s3, 5*SZREG(a0)
	\op	s4, 6*SZREG(a0)
	\op	s5, 7*SZREG(a0)
	\op	s6, 8*SZREG(a0)
	\op	s7, 9*SZREG(a0)
	\op	s8, 10*SZREG(a0)
	\op	s9, 11*SZREG(a0)
	\op	s10, 12*SZREG(a0)
	\op	s11, 13*SZREG(a0)
#ifdef CONFIG_SHADOW_CALL_STACK
	\op	gp, 14*SZREG(a0)
#endif
.endm

SYM_FUNC_START(klua_setjmp)
	each_saved REG_S
	li	a0, 0
	ret
SYM_FUNC_END(klua_setjmp)

SYM_FUNC_START(klua_longjmp)
	each_saved REG_L
	li	a0, 1
	ret
SYM_FUNC_END(klua_longjmp)
