/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_VMALLOC_H
#define _KLUA_HOST_VMALLOC_H

#include <linux/slab.h>

void *__vmalloc(unsigned long size, gfp_t gfp);
void vfree(const void *block);

#endif
