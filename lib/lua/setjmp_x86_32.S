/* SPDX-License-Identifier: GPL-2.0 */
/*
 * setjmp() and longjmp() for Lua's errors, on 32-bit x86, where the kernel passes
 * the first argument in eax.
 *
 * struct klua_jmpbuf holds ebx, esi, edi, ebp, esp and the return address. How
 * longjmp() returns is as on x86_64.
 */
#include <linux/linkage.h>

SYM_FUNC_START(klua_setjmp)
	movl	(%esp), %edx
	movl	%ebx, 0(%eax)
	movl	%esi, 4(%eax)
	movl	%edi, 8(%eax)
	movl	%ebp, 12(%eax)
	movl	%esp, 16(%eax)
	movl	%edx, 20(%eax)
	xorl	%eax, %eax
	RET
SYM_FUNC_END(klua_setjmp)

SYM_FUNC_START(klua_longjmp)
	movl	0(%eax), %ebx
	movl	4(%eax), %esi
	movl	8(%eax), %edi
	movl	12(%eax), %ebp
	movl	16(%eax), %esp
	movl	20(%eax), %edx
	/* the caller of setjmp() has used the slot for other calls since */
	movl	%edx, (%esp)
	movl	$1, %eax
	RET
SYM_FUNC_END(klua_longjmp)
