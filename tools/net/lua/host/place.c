// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where in a script's text an error is, as its message has only the line. Lua's own
 * parser and lexer look for it: they get the text byte by byte, and what they have
 * taken says where they are.
 */
#include <ctype.h>
#include <linux/err.h>
#include <linux/lua.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "lua.h"
#include "llex.h"
#include "lobject.h"
#include "lstate.h"
#include "lzio.h"
#include "host.h"

/* Bytes on their way to Lua */
struct source {
	const char *text;
	size_t len;
	size_t taken;
};

/* A token that is looked for */
struct search {
	struct source source;
	int line;
	const char *name;
	size_t found;
	struct lua_host_span span;
};

static const char *next_byte(lua_State *L, void *arg, size_t *size)
{
	struct source *source = arg;

	*size = source->taken < source->len;
	return source->text + source->taken++;
}

/* Behind the last token: the lexer has looked at one byte more, or at the end. */
static size_t token_end(const struct source *source)
{
	return source->taken - 1;
}

static int parse(lua_State *L)
{
	if (lua_load(L, next_byte, lua_touserdata(L, 1), LUA_HOST_CHUNK, "t"))
		return lua_error(L);
	return 0;
}

static struct klua *unlimited(void)
{
	const struct klua_limits limits = {
		.max_memory = SZ_64M,
		.max_instructions = U64_MAX,
	};

	return klua_create(&limits);
}

static bool ends_with(const char *text, size_t end, const char *what, size_t len)
{
	return len <= end && !memcmp(text + end - len, what, len);
}

/* Behind the last byte of the text that is no white space */
static size_t text_end(const struct source *source)
{
	size_t end = source->len;

	while (end && isspace(source->text[end - 1]))
		end--;
	return end;
}

/* The token that a message names, which the parser has just taken; of one that is
 * named in another way than it is written, the last byte.
 */
static bool find_named(const struct source *source, const char *error,
		       struct lua_host_span *span)
{
	const char *near = strstr(error, " near ");
	size_t len;

	if (!near)
		return false;
	near += strlen(" near ");
	if (!strcmp(near, "<eof>")) {
		span->from = text_end(source);
		span->to = span->from + 1;
		return true;
	}
	span->to = token_end(source);
	len = strlen(near);
	if (len > 2 && ends_with(source->text, span->to, near + 1, len - 2))
		span->from = span->to - (len - 2);
	else
		span->from = span->to - 1;
	return true;
}

bool lua_host_find_syntax(const char *text, size_t len, const char *error,
			  struct lua_host_span *span)
{
	struct source source = { .text = text, .len = len };
	struct klua *klua = unlimited();
	bool same;

	if (IS_ERR(klua))
		return false;
	same = klua_call(klua, parse, &source) && !strcmp(klua_error(klua), error);
	klua_free(klua);
	return same && find_named(&source, error, span);
}

/* Is this token the one? */
static bool is_wanted(LexState *ls, const struct search *search)
{
	const char *symbol;
	size_t len = strlen(search->name);

	switch (ls->t.token) {
	case TK_NAME:
	case TK_STRING:
		return !strcmp(getstr(ls->t.seminfo.ts), search->name);
	case TK_FLT:
	case TK_INT:
		return false;
	}
	/* in quotes */
	symbol = luaX_token2str(ls, ls->t.token);
	return strlen(symbol) == len + 2 && !strncmp(symbol + 1, search->name, len);
}

static void found(struct search *search, const LexState *ls)
{
	bool quoted = ls->t.token == TK_STRING;
	size_t len = strlen(search->name);

	search->span.to = token_end(&search->source) - quoted;
	search->span.from = search->span.to - len;
	/* a string with escapes is there, but not as it is written */
	if (ends_with(search->source.text, search->span.to, search->name, len))
		search->found++;
	else
		search->found += 2;
}

static int scan(lua_State *L)
{
	struct search *search = lua_touserdata(L, 1);
	Mbuffer buffer;
	LexState ls = { .buff = &buffer };
	ZIO input;

	lua_settop(L, 0);
	lua_pushstring(L, LUA_HOST_CHUNK);
	lua_newtable(L);
	ls.h = hvalue(L->top - 1);
	luaZ_init(L, &input, next_byte, &search->source);
	luaZ_initbuffer(L, &buffer);
	luaX_setinput(L, &ls, &input, tsvalue(L->top - 2), zgetc(&input));
	for (luaX_next(&ls); ls.t.token != TK_EOS && ls.linenumber <= search->line;
	     luaX_next(&ls)) {
		if (ls.linenumber == search->line && is_wanted(&ls, search))
			found(search, &ls);
		lua_settop(L, 2);
	}
	luaZ_freebuffer(L, &buffer);
	return 0;
}

bool lua_host_find_token(const char *text, size_t len, int line, const char *name,
			 struct lua_host_span *span)
{
	struct search search = {
		.source = { .text = text, .len = len },
		.line = line,
		.name = name,
	};
	struct klua *klua = unlimited();
	int err;

	if (IS_ERR(klua))
		return false;
	err = klua_call(klua, scan, &search);
	klua_free(klua);
	*span = search.span;
	return !err && search.found == 1;
}
