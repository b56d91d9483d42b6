/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_LINUX_CONTAINER_OF_H
#define _KLUA_HOST_LINUX_CONTAINER_OF_H

#include <linux/stddef.h>

#define container_of(ptr, type, member)	\
	((type *)((unsigned long)(ptr) - offsetof(type, member)))

#endif
