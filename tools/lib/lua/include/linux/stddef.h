/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_STDDEF_H
#define _KLUA_HOST_STDDEF_H

#include_next <stddef.h>

#endif
