/* SPDX-License-Identifier: GPL-2.0 */
/* A warning ends a program, too: it is about lib/lua, not about a script. */
#ifndef _KLUA_HOST_BUG_H
#define _KLUA_HOST_BUG_H

#include <linux/compiler.h>
#include <klua_host.h>

#define BUG()	klua_host_bug(__FILE__, __LINE__)

#define WARN_ON_ONCE(condition) ({			\
	bool warn_ = (condition);			\
							\
	if (unlikely(warn_))				\
		klua_host_bug(__FILE__, __LINE__);	\
	warn_;						\
})

#endif
