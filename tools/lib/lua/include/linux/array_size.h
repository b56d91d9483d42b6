/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_ARRAY_SIZE_H
#define _KLUA_HOST_ARRAY_SIZE_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif
