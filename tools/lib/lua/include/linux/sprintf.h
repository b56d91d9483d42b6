/* SPDX-License-Identifier: GPL-2.0 */
/* The host's, but for pointers: "%p" is a hash, as in the kernel. */
#ifndef _KLUA_HOST_SPRINTF_H
#define _KLUA_HOST_SPRINTF_H

#include <linux/compiler.h>
#include <linux/stdarg.h>
#include <linux/types.h>

#define snprintf	klua_host_snprintf
#define vsnprintf	klua_host_vsnprintf

int klua_host_snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int klua_host_vsnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);

#endif
