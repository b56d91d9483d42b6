/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_STDARG_H
#define _KLUA_HOST_STDARG_H

#include_next <stdarg.h>

#endif
