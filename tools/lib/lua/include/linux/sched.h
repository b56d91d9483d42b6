/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_LINUX_SCHED_H
#define _KLUA_HOST_LINUX_SCHED_H

#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <klua_host.h>

#define THREAD_SIZE	KLUA_HOST_STACK

/* the thread; nothing of it is ever looked at */
#define current		((void *)0)

#define might_sleep()	((void)0)
#define cond_resched()	((void)0)

#endif
