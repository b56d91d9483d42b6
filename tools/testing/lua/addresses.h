/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included first where Lua hashes addresses: two runs may differ then, and the
 * fuzzer does not compare them. The cache of C strings is left out, as it has one
 * set here, and so works the same in each run.
 */
#include <klua_host.h>

#include "lua.h"
#include "llimits.h"

#undef point2uint
#define point2uint(p)	\
	(__builtin_strstr(__FILE__, "lstring.c") ? 0 : klua_host_hash(p))
