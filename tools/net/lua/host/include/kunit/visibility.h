/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LUA_HOST_VISIBILITY_H
#define _LUA_HOST_VISIBILITY_H

#define EXPORT_SYMBOL_IF_KUNIT(symbol)

#endif
