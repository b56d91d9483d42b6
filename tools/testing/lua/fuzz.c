// SPDX-License-Identifier: GPL-2.0
/*
 * Runs an input in a sandbox, on a stack as small as a kernel's, and asks whether
 * all was as promised: the errors and their texts, the memory, the time, that the
 * same happens again, that the sandbox can still be used and leaves nothing behind.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <sys/mman.h>
#include <sanitizer/common_interface_defs.h>
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/lua.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include <klua_host.h>
#include "fuzz.h"

#define ERROR_SIZE	256

/* What a step may take, in nanoseconds: far more than it does, but not for ever. */
#define NS_PER_STEP		50000000LL
#define NS_PER_INSTRUCTION	1000LL

enum mode {
	MODE_COMPILE,
	MODE_RUN,
	MODE_CALL,
	MODE_TWICE,
	MODE_SHARED_CHUNK,
	MODE_IMAGE,
	MODES
};

enum step { STEP_CREATE, STEP_COMPILE, STEP_RUN, STEP_CALL, STEP_NONE, STEPS };

struct plan {
	enum mode mode;
	struct klua_limits limits;
	enum step fail_step;
	long fail_after;
	long signal_after;
	const char *text;
	size_t len;
};

/* What a script and its owner could see of a run. */
struct outcome {
	int err[STEPS];
	char error[STEPS][ERROR_SIZE];
	size_t memory[STEPS];
	unsigned int printed;
};

struct run {
	const struct plan *plan;
	struct klua *klua;
	struct klua_chunk *chunk;
	struct outcome outcome;
};

static bool slow;

static void __noreturn broken(const struct run *run, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "BROKEN PROMISE: ");
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n(mode %d, %zu bytes, %llu instructions, "
		"allocation %ld of step %d fails, signal after %ld)\n",
		run->plan->mode, run->plan->limits.max_memory,
		run->plan->limits.max_instructions, run->plan->fail_after,
		run->plan->fail_step, run->plan->signal_after);
	abort();
}

static long long cpu_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static unsigned int letter(const char *header, enum setting setting, unsigned int values)
{
	return (unsigned char)(header[sizeof(FUZZ_MARK) - 1 + setting] - 'a') % 26 % values;
}

static void make_plan(struct plan *plan, const char *data, size_t size)
{
	static const size_t memory[] = {
		SZ_256K, 14000, 15000, SZ_16K, 18000, 20000, 24000, SZ_32K, 40000, SZ_64K,
		SZ_128K, 1000,
	};
	static const u64 instructions[] = {
		30000, 0, 1, 10, 30, 100, 200, 300, 1000, 3000, 10000, 100000, 1000000,
	};
	static const char usual[] = FUZZ_MARK "caaaaaa";
	bool has_header = size >= FUZZ_HEADER && !memcmp(data, FUZZ_MARK, sizeof(FUZZ_MARK) - 1);
	const char *header = has_header ? data : usual;

	*plan = (struct plan){ .mode = letter(header, FUZZ_MODE, MODES) };
	plan->limits.max_memory =
		memory[letter(header, FUZZ_MEMORY, ARRAY_SIZE(memory))];
	plan->limits.max_instructions =
		instructions[letter(header, FUZZ_INSTRUCTIONS,
				    ARRAY_SIZE(instructions))];
	plan->fail_step = letter(header, FUZZ_FAIL_STEP, STEP_NONE);
	plan->fail_after = letter(header, FUZZ_FAIL_HIGH, 26) * 26 +
			   letter(header, FUZZ_FAIL_LOW, 26);
	plan->signal_after = (int)letter(header, FUZZ_SIGNAL, 26) ?: -1;
	plan->text = data;
	plan->len = size;
}

static void arm(const struct plan *plan, enum step step)
{
	if (plan->fail_after && plan->fail_step == step)
		klua_host_memory.fail_after = plan->fail_after;
}

static void disarm(void)
{
	klua_host_memory.fail_after = 0;
	klua_host_signal_after = -1;
}

static void check_result(const struct run *run, int err, bool was_armed)
{
	const char *text = klua_error(run->klua);
	const char *must;

	if (strnlen(text, ERROR_SIZE) == ERROR_SIZE)
		broken(run, "the message does not end");
	switch (err) {
	case 0:
		if (*text)
			broken(run, "no error, but the message '%s'", text);
		return;
	case -EINVAL:
		return;
	case -ENOMEM:
		must = "memory";
		break;
	case -ETIME:
		must = "instruction limit";
		break;
	case -EINTR:
		must = "interrupted";
		if (run->plan->signal_after < 0)
			broken(run, "interrupted by nothing");
		break;
	default:
		broken(run, "undocumented error %d", err);
	}
	if (!strstr(text, must))
		broken(run, "error %d has the message '%s'", err, text);
	if (!was_armed && strstr(text, "out of memory"))
		broken(run, "there was memory");
}

/* Bytes of @klua and of its chunk that are not counted against the limit */
struct before {
	long long time;
	size_t memory, uncounted;
};

static struct before step_begins(const struct run *run)
{
	struct before before = {
		.time = cpu_time(),
		.memory = klua_memory(run->klua),
	};

	before.uncounted = klua_host_memory.now - before.memory;
	klua_host_memory.peak = klua_host_memory.now;
	return before;
}

static void step_ends(struct run *run, enum step step, int err, struct before before)
{
	const struct klua_limits *limits = &run->plan->limits;
	size_t most = max(limits->max_memory, before.memory) + before.uncounted;
	bool was_armed = klua_host_memory.fail_after;

	if (step == STEP_COMPILE && !err)
		most += 2 * klua_chunk_size(run->chunk) + SZ_4K;
	if (klua_host_memory.peak > most && !(step == STEP_COMPILE && err))
		broken(run, "%zu bytes were allocated, of %zu", klua_host_memory.peak, most);
	if (klua_memory(run->klua) > max(limits->max_memory, before.memory))
		broken(run, "%zu bytes are held", klua_memory(run->klua));
	if (cpu_time() - before.time >
	    NS_PER_STEP + NS_PER_INSTRUCTION * (long long)limits->max_instructions)
		slow = true;
	check_result(run, err, was_armed);

	run->outcome.err[step] = err;
	strcpy(run->outcome.error[step], klua_error(run->klua));
	run->outcome.memory[step] = klua_memory(run->klua);
}

static void take_line(struct klua *klua, const char *text, size_t len)
{
	struct run *run = klua_private(klua);

	for (size_t i = 0; i < len; i++)
		run->outcome.printed = run->outcome.printed * 31 + (u8)text[i];
}

static bool take(struct run *run, struct klua *klua)
{
	run->klua = klua;
	if (IS_ERR(run->klua)) {
		run->outcome.err[STEP_CREATE] = PTR_ERR(run->klua);
		if (PTR_ERR(run->klua) != -ENOMEM && PTR_ERR(run->klua) != -EINTR)
			broken(run, "no sandbox: %ld", PTR_ERR(run->klua));
		run->klua = NULL;
		return false;
	}
	klua_set_private(run->klua, run);
	klua_set_print(run->klua, take_line);
	return true;
}

static bool create(struct run *run)
{
	arm(run->plan, STEP_CREATE);
	return take(run, klua_create(&run->plan->limits));
}

static bool compile(struct run *run)
{
	const struct plan *plan = run->plan;
	struct before before = step_begins(run);
	int err;

	arm(plan, STEP_COMPILE);
	run->chunk = klua_compile(run->klua, plan->text, plan->len, "=fuzz");
	err = IS_ERR(run->chunk) ? PTR_ERR(run->chunk) : 0;
	if (err)
		run->chunk = NULL;
	step_ends(run, STEP_COMPILE, err, before);
	return !err;
}

static void execute(struct run *run, const struct klua_chunk *chunk)
{
	struct before before = step_begins(run);

	arm(run->plan, STEP_RUN);
	step_ends(run, STEP_RUN, klua_run(run->klua, chunk), before);
}

static void call(struct run *run)
{
	struct before before = step_begins(run);

	arm(run->plan, STEP_CALL);
	step_ends(run, STEP_CALL, klua_call(run->klua, fuzz_call_globals, NULL), before);
}

/* The second of two sandboxes that are made from an image of this one takes its place. */
static bool become_image(struct run *run)
{
	struct klua_image *image = klua_image_new(run->klua, run->chunk);
	bool made;

	if (IS_ERR(image)) {
		if (PTR_ERR(image) != -ENOMEM && PTR_ERR(image) != -EINTR)
			broken(run, "no image: %ld", PTR_ERR(image));
		return true;
	}
	klua_free(run->klua);
	made = take(run, klua_create_from(image, &run->plan->limits));
	if (made) {
		execute(run, run->chunk);
		call(run);
		klua_free(run->klua);
		made = take(run, klua_create_from(image, &run->plan->limits));
	}
	klua_image_free(image);
	return made;
}

/* Whatever the script did, the sandbox is as good as before. */
static void check_usable(struct run *run)
{
	static const char text[] = "local t = {} for i = 1, 20 do t[i] = i .. ',' end";
	const struct klua_limits limits = {
		.max_memory = klua_memory(run->klua) + SZ_64K,
		.max_instructions = 1000000,
	};
	struct klua_chunk *chunk;

	klua_set_limits(run->klua, &limits);
	chunk = klua_compile(run->klua, text, strlen(text), "=again");
	if (IS_ERR(chunk))
		broken(run, "cannot compile any more: %s", klua_error(run->klua));
	if (klua_run(run->klua, chunk))
		broken(run, "cannot run any more: %s", klua_error(run->klua));
	klua_chunk_free(chunk);
}

/* All that is done with a sandbox; it is free then, but the chunk is not. */
static void run_plan(struct run *run, const struct klua_chunk *other)
{
	const struct plan *plan = run->plan;

	memset(&run->outcome, 0, sizeof(run->outcome));
	run->chunk = NULL;
	klua_host_seed(12345);
	klua_host_signal_after = plan->signal_after;
	if (create(run) && compile(run) && plan->mode != MODE_COMPILE &&
	    (plan->mode != MODE_IMAGE || become_image(run))) {
		execute(run, other ?: run->chunk);
		if (plan->mode != MODE_RUN && plan->mode != MODE_SHARED_CHUNK)
			call(run);
	}
	disarm();
	if (run->klua)
		check_usable(run);
	klua_free(run->klua);
}

static void check_same(const struct run *run, const struct outcome *first)
{
	const struct outcome *second = &run->outcome;

	for (int i = 0; i < STEPS; i++) {
		if (first->err[i] != second->err[i] || first->memory[i] != second->memory[i] ||
		    strcmp(first->error[i], second->error[i]))
			broken(run, "step %d gave %d '%s' (%zu bytes), then %d '%s' (%zu bytes)",
			       i, first->err[i], first->error[i], first->memory[i],
			       second->err[i], second->error[i], second->memory[i]);
	}
	if (first->printed != second->printed)
		broken(run, "it printed something else the second time");
}

static void run_input(const struct plan *plan)
{
	struct run run = { .plan = plan };
	struct klua_chunk *chunk;
	struct outcome first;

	klua_host_addresses_used = false;
	klua_host_memory.fill = 0x55;
	run_plan(&run, NULL);
	chunk = run.chunk;

	if (plan->mode == MODE_TWICE || (plan->mode == MODE_SHARED_CHUNK && chunk)) {
		first = run.outcome;
		klua_host_memory.fill = 0xaa;
		run_plan(&run, plan->mode == MODE_TWICE ? NULL : chunk);
		klua_chunk_free(run.chunk);
		if (plan->mode == MODE_TWICE && !klua_host_addresses_used)
			check_same(&run, &first);
	}
	klua_chunk_free(chunk);
	if (klua_host_memory.now)
		broken(&run, "%zu bytes were not freed", klua_host_memory.now);
}

/* A stack of its own, where the next page is no memory. */
static ucontext_t fuzzer, task;
static void *stack;
static const struct plan *current_plan;

static void task_main(void)
{
	const void *bottom;
	size_t size;
	void *fake;

	__sanitizer_finish_switch_fiber(NULL, &bottom, &size);
	for (;;) {
		run_input(current_plan);
		__sanitizer_start_switch_fiber(&fake, bottom, size);
		swapcontext(&task, &fuzzer);
		__sanitizer_finish_switch_fiber(fake, &bottom, &size);
	}
}

static void make_task(void)
{
	char *guard = mmap(NULL, SZ_64K + KLUA_HOST_STACK, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (guard == MAP_FAILED)
		abort();
	stack = guard + SZ_64K;
	if (mprotect(stack, KLUA_HOST_STACK, PROT_READ | PROT_WRITE))
		abort();
	getcontext(&task);
	task.uc_stack.ss_sp = stack;
	task.uc_stack.ss_size = KLUA_HOST_STACK;
	makecontext(&task, task_main, 0);
	klua_host_set_stack(stack);
}

static void run_in_task(const struct plan *plan)
{
	void *fake;

	current_plan = plan;
	__sanitizer_start_switch_fiber(&fake, stack, KLUA_HOST_STACK);
	swapcontext(&fuzzer, &task);
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct plan plan;

	if (!stack)
		make_task();
	/* struct large in lib/lua/alloc.c */
	klua_host_memory.header = 3 * sizeof(long);
	make_plan(&plan, (const char *)data, size);
	/* the machine may be busy with something else, but not three times */
	for (int i = 0; i < 3; i++) {
		slow = false;
		run_in_task(&plan);
		if (!slow)
			return 0;
	}
	broken(&(struct run){ .plan = &plan }, "far too slow");
}
