/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/linkage.h>

#ifndef RET
#define RET	ret
#endif
