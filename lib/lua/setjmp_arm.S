/* SPDX-License-Identifier: GPL-2.0 */
/*
 * setjmp() and longjmp() for Lua's errors, on 32-bit ARM.
 *
 * struct klua_jmpbuf holds r4 to r11, sp and lr.
 */
#include <linux/linkage.h>

#include <asm/assembler.h>

ENTRY(klua_setjmp)
	mov	ip, sp
	stmia	r0, {r4 - r11, ip, lr}
	mov	r0, #0
	ret	lr
ENDPROC(klua_setjmp)

ENTRY(klua_longjmp)
	ldmia	r0, {r4 - r11, ip, lr}
	mov	sp, ip
	mov	r0, #1
	ret	lr
ENDPROC(klua_longjmp)
