// SPDX-License-Identifier: GPL-2.0
/*
 * A reader in the kernel that finds messages in the stream, and keeps the buffers that
 * they are in: KCM, which looks with strparser, with the socket locked and in softirq.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <linux/kcm.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "lua_families.h"

#ifndef AF_KCM
#define AF_KCM 41
#endif

/* A program that says how long a message is: @len bytes. It knows that when there are as
 * many as @known.
 */
static int parser(int len, int known)
{
	const struct bpf_insn insns[] = {
		/* r2 = skb->len */
		{ .code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = 2, .src_reg = 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = len },
		{ .code = BPF_JMP | BPF_JGE | BPF_K, .dst_reg = 2, .off = 1, .imm = known },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (uintptr_t)"GPL",
	};

	return syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* Messages of @len bytes from @fd, as parser() finds them; a negative errno without */
static int messages_of(int fd, int len, int known)
{
	struct kcm_attach attach = { .fd = fd, .bpf_fd = parser(len, known) };
	int kcm = socket(AF_KCM, SOCK_DGRAM, KCMPROTO_CONNECTED);
	int err = 0;

	if (kcm < 0 || attach.bpf_fd < 0)
		return -errno;
	if (ioctl(kcm, SIOCKCMATTACH, &attach))
		err = -errno;
	close(attach.bpf_fd);
	if (err)
		close(kcm);
	return err ?: kcm;
}

static const char *message(int kcm)
{
	static char buf[64];
	ssize_t n;

	if (lua_poll(kcm, POLLIN, LUA_PATIENCE_MS) != 1)
		return "nothing";
	n = recv(kcm, buf, sizeof(buf) - 1, MSG_DONTWAIT);
	if (n < 0)
		return strerror(errno);
	buf[n] = '\0';
	return buf;
}

static bool has_kcm(void)
{
	int kcm = socket(AF_KCM, SOCK_DGRAM, KCMPROTO_CONNECTED);

	return kcm >= 0 && !close(kcm);
}

/* The rest of a message is waited for: strparser asks how much there is, with the lock. */
TEST_F(lua, messages_come_in_parts)
{
	int kcm;

	if (!has_kcm())
		SKIP(return, "no KCM");
	JUDGED_BY("return true");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "head"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	kcm = messages_of(self->pair.fd, 10, 0);
	ASSERT_LE(0, kcm);
	usleep(100000);
	ASSERT_EQ(0, lua_puts(self->pair.peer, "others"));
	EXPECT_STREQ("headothers", message(kcm));
	close(kcm);
}

TEST_F(lua, messages_come_in_parts_without_a_script)
{
	int kcm;

	if (!has_kcm())
		SKIP(return, "no KCM");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "head"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	kcm = messages_of(self->pair.fd, 10, 0);
	ASSERT_LE(0, kcm);
	usleep(100000);
	ASSERT_EQ(0, lua_puts(self->pair.peer, "others"));
	EXPECT_STREQ("headothers", message(kcm));
	close(kcm);
}

/* What comes after pass() is read in softirq. */
TEST_F(lua, messages_come_in_parts_in_softirq)
{
	int kcm;

	if (!has_kcm())
		SKIP(return, "no KCM");
	JUDGED_BY("pass() return true");
	kcm = messages_of(self->pair.fd, 10, 0);
	ASSERT_LE(0, kcm);
	ASSERT_EQ(0, lua_puts(self->pair.peer, "0123456789"));
	EXPECT_STREQ("0123456789", message(kcm));
	ASSERT_EQ(0, lua_puts(self->pair.peer, "head"));
	usleep(100000);
	ASSERT_EQ(0, lua_puts(self->pair.peer, "others"));
	EXPECT_STREQ("headothers", message(kcm));
	close(kcm);
}

/* A buffer with a part that has not been passed is not shown as a whole. */
TEST_F(lua, dropped_bytes_are_in_no_message)
{
	int kcm;

	if (!has_kcm())
		SKIP(return, "no KCM");
	JUDGED_BY("local s = tostring(data)\n"
		  "if s:find('^HEAD') then return true, 4 end\n"
		  "if s:find('^evil!!') then return drop, 6 end\n"
		  "return true");
	kcm = messages_of(self->pair.fd, 11, 11);
	ASSERT_LE(0, kcm);
	ASSERT_EQ(0, lua_puts(self->pair.peer, "HEADevil!!"));
	usleep(100000);
	ASSERT_EQ(0, lua_puts(self->pair.peer, "GOOD!!!"));
	EXPECT_STREQ("HEADGOOD!!!", message(kcm));
	close(kcm);
}

/* What was read before a message is whole is not what the script writes to later. */
TEST_F(lua, written_bytes_are_in_the_message)
{
	int kcm;

	if (!has_kcm())
		SKIP(return, "no KCM");
	JUDGED_BY("local s = tostring(data)\n"
		  "if s:find('^HEAD') then return true, 4 end\n"
		  "data:layout{ x = { 0, 8 } } data.x = 88 return true");
	kcm = messages_of(self->pair.fd, 8, 8);
	ASSERT_LE(0, kcm);
	ASSERT_EQ(0, lua_puts(self->pair.peer, "HEADtail"));
	EXPECT_STREQ("HEADXail", message(kcm));
	close(kcm);
}

TEST_HARNESS_MAIN
