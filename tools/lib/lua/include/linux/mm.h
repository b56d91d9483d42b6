/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_MM_H
#define _KLUA_HOST_MM_H

#include <linux/container_of.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#define PAGE_SIZE		4096UL
#define PAGE_ALIGN(size)	(((size) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))

bool is_vmalloc_addr(const void *block);

#endif
