/* SPDX-License-Identifier: GPL-2.0 */
/* objtool does not look at user space. */
#ifndef _KLUA_HOST_OBJTOOL_H
#define _KLUA_HOST_OBJTOOL_H

.macro STACK_FRAME_NON_STANDARD func
.endm

#endif
