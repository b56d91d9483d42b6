/* SPDX-License-Identifier: GPL-2.0 */
/*
 * setjmp() and longjmp() for Lua's errors, on arm64.
 *
 * struct klua_jmpbuf holds x19 to x30, sp, and how far the shadow call stack is
 * filled, which tells less than where it is. With pointer authentication the return
 * address, x30, is signed for this stack pointer.
 *
 * No CFI directives here: CONFIG_UNWIND_PATCH_PAC_INTO_SCS would take the signing
 * instructions of whatever has them for those of a compiler, and patch them.
 */
#include <linux/linkage.h>

#include <asm/asm-offsets.h>
#include <asm/assembler.h>

/* all but what needs a step before or after */
.macro each_saved op
	\op	x19, x20, [x0]
	\op	x21, x22, [x0, #16]
	\op	x23, x24, [x0, #32]
	\op	x25, x26, [x0, #48]
	\op	x27, x28, [x0, #64]
.endm

SYM_FUNC_START(klua_setjmp)
	each_saved stp
	mov	x1, sp
#ifdef CONFIG_SHADOW_CALL_STACK
	get_current_task x2
	ldr	x2, [x2, #TSK_TI_SCS_BASE]
	sub	x2, x18, x2
	stp	x1, x2, [x0, #96]
#else
	str	x1, [x0, #96]
#endif
	hint	#25		/* paciasp */
	stp	x29, x30, [x0, #80]
	hint	#29		/* autiasp */
	mov	w0, #0
	ret
SYM_FUNC_END(klua_setjmp)

SYM_FUNC_START(klua_longjmp)
	each_saved ldp
	ldp	x29, x30, [x0, #80]
#ifdef CONFIG_SHADOW_CALL_STACK
	ldp	x1, x2, [x0, #96]
	get_current_task x3
	ldr	x3, [x3, #TSK_TI_SCS_BASE]
	add	x18, x3, x2
#else
	ldr	x1, [x0, #96]
#endif
	mov	sp, x1
	hint	#29		/* autiasp */
	mov	w0, #1
	ret
SYM_FUNC_END(klua_longjmp)
