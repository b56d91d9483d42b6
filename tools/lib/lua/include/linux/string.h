/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_STRING_H
#define _KLUA_HOST_STRING_H

#include_next <string.h>
#include <linux/types.h>

#define strscpy(dst, src)	klua_host_strscpy((dst), (src), sizeof(dst))

/* lib/lua copies to arrays only, and does not look at what is returned */
void klua_host_strscpy(char *dst, const char *src, size_t size);

#endif
