/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LUA_HOST_MM_H
#define _LUA_HOST_MM_H

#include_next <linux/mm.h>
#include <linux/sizes.h>

/* 1 GiB: as much as no script takes */
#define totalram_pages()	(SZ_1G / PAGE_SIZE)

#endif
