/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzzer of lib/lua, for libFuzzer.
 *
 *	fuzz.c		runs an input and asks whether all was as promised
 *	call.c		calls what an input defined
 *	mutate.c	makes new inputs, from old ones and from a grammar
 *	addresses.h	notes where a run depends on addresses
 *	lua.dict	Lua's words
 *	seeds/		inputs to begin with
 *	crashes/	inputs that found something; each is run by every test
 *
 * An input is a Lua script. Its first line may be a comment that says how it is
 * run: "--!" and a letter for each of enum setting.
 */
#ifndef _KLUA_FUZZ_H
#define _KLUA_FUZZ_H

#include <linux/types.h>

enum setting {
	FUZZ_MODE,
	FUZZ_MEMORY,
	FUZZ_INSTRUCTIONS,
	/* the step from which on allocations are counted, and which one fails */
	FUZZ_FAIL_STEP,
	FUZZ_FAIL_HIGH,
	FUZZ_FAIL_LOW,
	/* after how many looks a fatal signal is pending */
	FUZZ_SIGNAL,
	FUZZ_SETTINGS
};

#define FUZZ_MARK	"--!"
#define FUZZ_HEADER	(sizeof(FUZZ_MARK) - 1 + FUZZ_SETTINGS + 1)

struct lua_State;

/* libFuzzer's */
size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const u8 *data1, size_t size1, const u8 *data2, size_t size2,
				 u8 *result, size_t max, unsigned int seed);

int fuzz_call_globals(struct lua_State *L);

#endif
