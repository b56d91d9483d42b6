/* SPDX-License-Identifier: GPL-2.0 */
/* What others need of it. */
#ifndef _KLUA_HOST_KERNEL_H
#define _KLUA_HOST_KERNEL_H

#include <linux/container_of.h>
#include <linux/minmax.h>

#endif
