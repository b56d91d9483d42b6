/* SPDX-License-Identifier: GPL-2.0 */
/* What list.h takes; the one of tools/ is for programs. */
#ifndef _KLUA_HOST_KERNEL_H
#define _KLUA_HOST_KERNEL_H

#include <linux/container_of.h>

#endif
