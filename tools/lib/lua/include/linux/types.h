/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_LINUX_TYPES_H
#define _KLUA_HOST_LINUX_TYPES_H

#include_next <linux/types.h>
#include <sys/types.h>

/* long long, as in the kernel: formats know them as such */
#define u64	__u64
#define s64	__s64

#ifndef __counted_by
#define __counted_by(member)
#endif

#endif
