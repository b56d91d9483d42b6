/* SPDX-License-Identifier: GPL-2.0 */
/*
 * setjmp() and longjmp() for Lua's errors, on 64-bit PowerPC with the second
 * version of its ELF ABI.
 *
 * struct klua_jmpbuf holds r1, r2, r14 to r31, the link register and the condition
 * register. Both functions are called from one module, whose TOC r2 points to.
 */
#include <linux/linkage.h>

#include <asm/ppc_asm.h>

.macro each_saved op
	\op	r1, 0(r3)
	\op	r2, 8(r3)
	\op	r14, 16(r3)
	\op	r15, 24(r3)
	\op	r16, 32(r3)
	\op	r17, 40(r3)
	\op	r18, 48(r3)
	\op	r19, 56(r3)
	\op	r20, 64(r3)
	\op	r21, 72(r3)
	\op	r22, 80(r3)
	\op	r23, 88(r3)
	\op	r24, 96(r3)
	\op	r25, 104(r3)
	\op	r26, 112(r3)
	\op	r27, 120(r3)
	\op	r28, 128(r3)
	\op	r29, 136(r3)
	\op	r30, 144(r3)
	\op	r31, 152(r3)
	\op	r4, 160(r3)
	\op	r5, 168(r3)
.endm

SYM_FUNC_START(klua_setjmp)
	mflr	r4
	mfcr	r5
	each_saved std
	li	r3, 0
	blr
SYM_FUNC_END(klua_setjmp)

SYM_FUNC_START(klua_longjmp)
	each_saved ld
	mtlr	r4
	mtcr	r5
	li	r3, 1
	blr
SYM_FUNC_END(klua_longjmp)
