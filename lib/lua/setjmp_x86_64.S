/* SPDX-License-Identifier: GPL-2.0 */
/*
 * setjmp() and longjmp() for Lua's errors, on x86_64 and on user-mode Linux.
 *
 * struct klua_jmpbuf holds rbx, rbp, r12 to r15, rsp and the return address.
 * longjmp() goes there with a return, not with an indirect jump: a return is
 * what the mitigations of the running kernel protect, and needs no ENDBR at
 * its destination.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>

SYM_FUNC_START(klua_setjmp)
	movq	(%rsp), %rax
	movq	%rbx, 0(%rdi)
	movq	%rbp, 8(%rdi)
	movq	%r12, 16(%rdi)
	movq	%r13, 24(%rdi)
	movq	%r14, 32(%rdi)
	movq	%r15, 40(%rdi)
	movq	%rsp, 48(%rdi)
	movq	%rax, 56(%rdi)
	xorl	%eax, %eax
	RET
SYM_FUNC_END(klua_setjmp)

/* objtool cannot follow a stack pointer that comes from memory */
STACK_FRAME_NON_STANDARD klua_longjmp

SYM_FUNC_START(klua_longjmp)
	movq	0(%rdi), %rbx
	movq	8(%rdi), %rbp
	movq	16(%rdi), %r12
	movq	24(%rdi), %r13
	movq	32(%rdi), %r14
	movq	40(%rdi), %r15
	movq	48(%rdi), %rsp
	movq	56(%rdi), %rax
	/* the caller of setjmp() has used the slot for other calls since */
	movq	%rax, (%rsp)
	movl	$1, %eax
	RET
SYM_FUNC_END(klua_longjmp)
