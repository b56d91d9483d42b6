// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

void samples_reset(struct samples *s)
{
	s->n = 0;
}

void samples_add(struct samples *s, double value)
{
	if (s->n == s->max) {
		s->max = s->max ? 2 * s->max : 256;
		s->value = realloc(s->value, s->max * sizeof(*s->value));
		if (!s->value)
			die("samples");
	}
	s->value[s->n++] = value;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts the samples. */
double samples_median(struct samples *s)
{
	if (!s->n)
		return 0;
	qsort(s->value, s->n, sizeof(*s->value), compare);
	return (s->value[(s->n - 1) / 2] + s->value[s->n / 2]) / 2;
}

double samples_mean(const struct samples *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->n; i++)
		sum += s->value[i];
	return s->n ? sum / s->n : 0;
}

double samples_max(const struct samples *s)
{
	double max = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->value[i] > max)
			max = s->value[i];
	return max;
}
