/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_SCHED_TASK_STACK_H
#define _KLUA_HOST_SCHED_TASK_STACK_H

#include <linux/sched.h>

#define end_of_stack(task)	((void)(task), klua_host_end_of_stack())

#endif
