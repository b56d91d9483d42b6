// SPDX-License-Identifier: GPL-2.0
/*
 * The formats that Lua prints with, one item at a time, as C defines them. The
 * kernel's snprintf() is near, but differs in precisions, in "%#x" of zero and in
 * what it warns about, and scripts choose the format.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "klua.h"
#include "ctype.h"

struct spec {
	bool left, plus, space, alternate, zero;
	int width, precision;
	bool is_long_long;
	char conversion;
};

struct out {
	char *buf;
	size_t size, used;
};

static void put(struct out *out, char c)
{
	if (out->used + 1 < out->size)
		out->buf[out->used] = c;
	out->used++;
}

static void pad(struct out *out, char c, int n)
{
	while (n-- > 0)
		put(out, c);
}

static int parse_number(const char **fmt)
{
	int n = 0;

	while (isdigit(**fmt))
		n = n * 10 + *(*fmt)++ - '0';
	return n;
}

static bool parse_flag(struct spec *spec, char c)
{
	switch (c) {
	case '-':
		return spec->left = true;
	case '+':
		return spec->plus = true;
	case ' ':
		return spec->space = true;
	case '#':
		return spec->alternate = true;
	case '0':
		return spec->zero = true;
	}
	return false;
}

/* @fmt is behind the '%' */
static const char *parse(struct spec *spec, const char *fmt)
{
	*spec = (struct spec){ .precision = -1 };
	while (parse_flag(spec, *fmt))
		fmt++;
	spec->width = parse_number(&fmt);
	if (*fmt == '.') {
		fmt++;
		spec->precision = parse_number(&fmt);
	}
	if (fmt[0] == 'l' && fmt[1] == 'l') {
		spec->is_long_long = true;
		fmt += 2;
	}
	spec->conversion = *fmt;
	return fmt + 1;
}

static int digits_of(char *end, unsigned long long n, unsigned int base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int len = 0;

	while (n) {
		u64 rest;

		n = div64_u64_rem(n, base, &rest);
		*--end = digits[rest];
		len++;
	}
	return len;
}

static const char *prefix_of(const struct spec *spec, unsigned long long n, bool negative)
{
	switch (spec->conversion) {
	case 'd': case 'i':
		return negative ? "-" : spec->plus ? "+" : spec->space ? " " : "";
	case 'x':
		return spec->alternate && n ? "0x" : "";
	case 'X':
		return spec->alternate && n ? "0X" : "";
	}
	return "";
}

static void put_integer(struct out *out, const struct spec *spec, long long value)
{
	bool is_signed = spec->conversion == 'd' || spec->conversion == 'i';
	bool negative = is_signed && value < 0;
	unsigned long long n = negative ? 0ULL - value : value;
	unsigned int base = spec->conversion == 'o' ? 8 :
			    tolower(spec->conversion) == 'x' ? 16 : 10;
	const char *prefix = prefix_of(spec, n, negative);
	char buf[24];
	int len = digits_of(buf + sizeof(buf), n, base, spec->conversion == 'X');
	int zeros = (spec->precision < 0 ? 1 : spec->precision) - len;
	int fill;

	if (spec->conversion == 'o' && spec->alternate && zeros <= 0)
		zeros = 1;
	zeros = max(zeros, 0);
	fill = spec->width - (int)strlen(prefix) - zeros - len;
	if (spec->zero && !spec->left && spec->precision < 0 && fill > 0) {
		zeros += fill;
		fill = 0;
	}
	if (!spec->left)
		pad(out, ' ', fill);
	while (*prefix)
		put(out, *prefix++);
	pad(out, '0', zeros);
	for (int i = 0; i < len; i++)
		put(out, buf[sizeof(buf) - len + i]);
	if (spec->left)
		pad(out, ' ', fill);
}

static void put_text(struct out *out, const struct spec *spec, const char *s, int len)
{
	if (!spec->left)
		pad(out, ' ', spec->width - len);
	for (int i = 0; i < len; i++)
		put(out, s[i]);
	if (spec->left)
		pad(out, ' ', spec->width - len);
}

static void put_item(struct out *out, const struct spec *spec, va_list *args)
{
	const char *s;
	char c;

	switch (spec->conversion) {
	case 'c':
		c = va_arg(*args, int);
		put_text(out, spec, &c, 1);
		break;
	case 's':
		s = va_arg(*args, const char *);
		put_text(out, spec, s, spec->precision < 0 ? strlen(s) :
			 strnlen(s, spec->precision));
		break;
	default:
		put_integer(out, spec, spec->is_long_long ? va_arg(*args, long long) :
			    va_arg(*args, int));
	}
}

/* snprintf(), for the conversions c, d, i, o, s, u, x and X; always terminates. */
int klua_format(char *buf, size_t size, const char *fmt, ...)
{
	struct out out = { .buf = buf, .size = size };
	struct spec spec;
	va_list args;

	va_start(args, fmt);
	while (*fmt) {
		if (*fmt != '%') {
			put(&out, *fmt++);
			continue;
		}
		fmt = parse(&spec, fmt + 1);
		put_item(&out, &spec, &args);
	}
	va_end(args);
	buf[min(out.used, size - 1)] = '\0';
	return out.used;
}
