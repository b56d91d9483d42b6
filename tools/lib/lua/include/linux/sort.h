/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_LINUX_SORT_H
#define _KLUA_HOST_LINUX_SORT_H

#include <linux/types.h>

void qsort(void *base, size_t num, size_t size, int (*cmp)(const void *, const void *));

#define sort(base, num, size, cmp, swap)	qsort((base), (num), (size), (cmp))

#endif
