// SPDX-License-Identifier: GPL-2.0
/*
 * What eBPF can express of the programs of the language bench: arithmetic, and arrays and
 * records whose size is known. The others make strings, closures, coroutines and tables, or
 * call themselves, and the verifier takes none of that. 0 is the right result.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define SIDE 60

static long step(__u64 i, __u64 *x)
{
	__u64 n = i + 1;

	*x = ((*x * 31 + n) & 0xffffff) ^ (n >> 3);
	if (*x % 7 == 0)
		*x = *x / 7;
	return 0;
}

SEC("syscall")
int loops(void *ctx)
{
	__u64 x = 1;

	bpf_loop(100000, step, &x, 0);
	return x > 0xffffff;
}

static long deposit(__u64 i, __u64 *balance)
{
	*balance += i + 1;
	return 0;
}

SEC("syscall")
int methods(void *ctx)
{
	__u64 balance = 0;

	bpf_loop(20000, deposit, &balance, 0);
	return balance != 20000ull * 20001 / 2;
}

struct row {
	__u64 y;
	__u64 value[SIDE];
};

struct row grid[SIDE];

static long fill(__u64 i, void *unused)
{
	if (i >= SIDE)
		return 1;
	grid[i].y = i + 1;
	for (int x = 0; x < SIDE; x++)
		grid[i].value[x] = (x + 1) * (i + 1);
	return 0;
}

static long add(__u64 i, __u64 *sum)
{
	__u64 y = i % SIDE;

	/* the verifier does not believe it */
	barrier_var(y);
	if (y >= SIDE)
		return 1;
	for (int x = 0; x < SIDE; x++)
		*sum += grid[y].value[x] - grid[y].y;
	return 0;
}

SEC("syscall")
int tables(void *ctx)
{
	__u64 sum = 0;

	bpf_loop(SIDE, fill, 0, 0);
	bpf_loop(5 * SIDE, add, &sum, 0);
	for (int x = 0; x < SIDE; x++)
		sum += grid[0].value[x];
	return sum == 0;
}

char _license[] SEC("license") = "GPL";
