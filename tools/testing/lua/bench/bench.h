/* SPDX-License-Identifier: GPL-2.0 */
/* Between bench.c and the Lua that it measures; that one knows no C library. */
#ifndef BENCH_H
#define BENCH_H

void *bench_realloc(void *ptr, size_t size);

int bench_start(const char *text, size_t len);
int bench_run(void);
unsigned long long bench_units(void);
const char *bench_error(void);

#endif
