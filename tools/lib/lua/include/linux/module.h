/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_LINUX_MODULE_H
#define _KLUA_HOST_LINUX_MODULE_H

#include <linux/bug.h>
#include <linux/export.h>
#include <linux/sched.h>

#define MODULE_DESCRIPTION(text)
#define MODULE_LICENSE(text)

#endif
