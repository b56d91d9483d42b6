/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_SCHED_SIGNAL_H
#define _KLUA_HOST_SCHED_SIGNAL_H

#include <linux/sched.h>

#define fatal_signal_pending(task)	((void)(task), klua_host_fatal_signal())

#endif
