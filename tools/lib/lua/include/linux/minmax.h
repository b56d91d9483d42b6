/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KLUA_HOST_LINUX_MINMAX_H
#define _KLUA_HOST_LINUX_MINMAX_H

#define min(a, b) ({ typeof(a) a_ = (a); typeof(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ typeof(a) a_ = (a); typeof(b) b_ = (b); a_ > b_ ? a_ : b_; })

#define min_t(type, a, b)		min((type)(a), (type)(b))
#define max_t(type, a, b)		max((type)(a), (type)(b))
#define clamp_t(type, val, lo, hi)	min_t(type, max_t(type, val, lo), hi)

#endif
