/* SPDX-License-Identifier: GPL-2.0 */
/* C's locale, for Lua: ASCII only. The kernel's functions are for Latin-1. */
#ifndef _LUA_LIBC_CTYPE_H
#define _LUA_LIBC_CTYPE_H

#include <linux/ctype.h>

#undef isalnum
#undef isalpha
#undef iscntrl
#undef isdigit
#undef isgraph
#undef islower
#undef ispunct
#undef isspace
#undef isupper
#undef isxdigit
#undef tolower
#undef toupper

#define islower(c)	klua_between((c), 'a', 'z')
#define isupper(c)	klua_between((c), 'A', 'Z')
#define isdigit(c)	klua_between((c), '0', '9')
#define isgraph(c)	klua_between((c), '!', '~')
#define isalpha(c)	klua_isalpha(c)
#define isalnum(c)	klua_isalnum(c)
#define iscntrl(c)	klua_iscntrl(c)
#define ispunct(c)	klua_ispunct(c)
#define isspace(c)	klua_isspace(c)
#define isxdigit(c)	klua_isxdigit(c)
#define tolower(c)	klua_tolower(c)
#define toupper(c)	klua_toupper(c)

static inline int klua_between(int c, int first, int last)
{
	return c >= first && c <= last;
}

static inline int klua_isalpha(int c)
{
	return islower(c) || isupper(c);
}

static inline int klua_isalnum(int c)
{
	return isalpha(c) || isdigit(c);
}

static inline int klua_iscntrl(int c)
{
	return klua_between(c, 0, 31) || c == 127;
}

static inline int klua_ispunct(int c)
{
	return isgraph(c) && !isalnum(c);
}

static inline int klua_isspace(int c)
{
	return c == ' ' || klua_between(c, '\t', '\r');
}

static inline int klua_isxdigit(int c)
{
	return isdigit(c) || klua_between(c, 'a', 'f') || klua_between(c, 'A', 'F');
}

static inline int klua_tolower(int c)
{
	return isupper(c) ? c + ('a' - 'A') : c;
}

static inline int klua_toupper(int c)
{
	return islower(c) ? c - ('a' - 'A') : c;
}

#endif
