// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU that counts how often each instruction of the kernel runs between
 * two marks, which percall --profile makes, and writes "address count" to its argument
 * out=FILE at the second one. scripts/bench-profile makes functions of it.
 *
 * The declarations are those of qemu-plugin.h, which Debian's package lacks.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*cb)(plugin_id, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op,
						void *ptr, uint64_t imm);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int, void *), int flags,
					    void *userdata);

int qemu_plugin_version = 1;

struct counter {
	uint64_t address;
	uint64_t n;
};

#define COUNTERS (1 << 22)
#define KERNEL (1ull << 63)

static struct counter *counters;
static uint64_t in_user_space;
static char *out;
static int marks;

static struct counter *find(uint64_t address)
{
	size_t i = (address * 0x9e3779b97f4a7c15ull) >> 42;

	while (counters[i].address && counters[i].address != address)
		i = (i + 1) % COUNTERS;
	counters[i].address = address;
	return &counters[i];
}

static void write_counters(void)
{
	FILE *file = fopen(out, "w");

	if (!file)
		return;
	fprintf(file, "0 %llu\n", (unsigned long long)in_user_space);
	for (size_t i = 0; i < COUNTERS; i++)
		if (counters[i].n)
			fprintf(file, "%llx %llu\n", (unsigned long long)counters[i].address,
				(unsigned long long)counters[i].n);
	fclose(file);
}

static void mark(unsigned int cpu, void *unused)
{
	if (++marks == 2) {
		write_counters();
	} else if (marks == 1) {
		in_user_space = 0;
		for (size_t i = 0; i < COUNTERS; i++)
			counters[i].n = 0;
	}
}

/* xchg %bx, %bx */
static bool is_mark(const struct qemu_plugin_insn *insn)
{
	return qemu_plugin_insn_size(insn) == 3 &&
	       !memcmp(qemu_plugin_insn_data(insn), "\x66\x87\xdb", 3);
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);

		if (is_mark(insn))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, mark, 0, NULL);
		qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, address & KERNEL ?
							   &find(address)->n : &in_user_space, 1);
	}
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	counters = calloc(COUNTERS, sizeof(*counters));
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
	if (!counters || !out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
