// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: bench-klua SCRIPT, bench-stock SCRIPT, under
 *
 *	valgrind --tool=callgrind --toggle-collect=bench_run
 *
 * Prints the units that the script was charged.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

void *bench_realloc(void *ptr, size_t size)
{
	if (size)
		return realloc(ptr, size);
	free(ptr);
	return NULL;
}

int main(int argc, char **argv)
{
	static char text[65536];
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	size_t len;

	if (!file) {
		fprintf(stderr, "usage: %s SCRIPT\n", argv[0]);
		return 2;
	}
	len = fread(text, 1, sizeof(text), file);
	if (bench_start(text, len) || bench_run()) {
		fprintf(stderr, "%s: %s\n", argv[1], bench_error());
		return 1;
	}
	printf("%llu\n", bench_units());
	return 0;
}
