/* SPDX-License-Identifier: GPL-2.0 */
/* Here is one CPU. */
#ifndef _LUA_HOST_PERCPU_H
#define _LUA_HOST_PERCPU_H

#define __percpu

#define this_cpu_add(variable, n)	((variable) += (n))

#endif
