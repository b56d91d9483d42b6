// SPDX-License-Identifier: GPL-2.0
/*
 * SS_LUA_INFO: what a socket's script has done. And the same by sock_diag, from
 * where ss has it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

#include "lua_families.h"

/* Send it, and have it judged. */
static void judge(struct lua_pair *pair, const char *text)
{
	char buf[64];

	lua_puts(pair->peer, text);
	lua_arrived(pair->peer);
	recv(pair->fd, buf, sizeof(buf), MSG_DONTWAIT);
}

/**
 * struct outcome - what a script leaves behind
 * @body: of its hook
 * @info: after "abcd" and then "efg" have come
 */
struct outcome {
	const char *body;
	struct ss_lua_info info;
};

static const struct outcome outcomes[] = {
	{ "return true",
	  { .calls = 2, .bytes_passed = 7 } },
	{ "return true, 'x'",
	  { .calls = 2, .bytes_replaced = 7 } },
	{ "return drop",
	  { .calls = 2, .bytes_dropped = 7 } },
	{ "return true, 0",
	  { .calls = 2, .flags = SS_LUA_INFO_WAITING } },
	{ "more(9)",
	  { .calls = 1, .flags = SS_LUA_INFO_WAITING } },
	{ "pass() return true",
	  { .calls = 1, .bytes_passed = 4, .flags = SS_LUA_INFO_PASSING } },
	{ "return false",
	  { .calls = 1, .refused = 1, .flags = SS_LUA_INFO_REFUSED } },
	{ "error('x')",
	  { .calls = 1, .errors = 1, .flags = SS_LUA_INFO_FAILED } },
	{ "print('x') return true",
	  { .calls = 2, .bytes_passed = 7, .prints = 2 } },
};

TEST_F(lua, tells_what_the_script_did)
{
	const struct outcome *o;

	for (o = outcomes; o < outcomes + ARRAY_SIZE(outcomes); o++) {
		struct ss_lua_info info;

		JUDGED_BY(o->body);
		judge(&self->pair, "abcd");
		judge(&self->pair, "efg");
		info = lua_info_of(self->pair.fd);
		EXPECT_EQ(o->info.flags | SS_LUA_INFO_SCRIPT | SS_LUA_INFO_STATE,
			  info.flags) TH_LOG("%s", o->body);
		EXPECT_EQ(o->info.calls, info.calls) TH_LOG("%s", o->body);
		EXPECT_EQ(o->info.bytes_passed, info.bytes_passed) TH_LOG("%s", o->body);
		EXPECT_EQ(o->info.bytes_dropped, info.bytes_dropped) TH_LOG("%s", o->body);
		EXPECT_EQ(o->info.bytes_replaced, info.bytes_replaced) TH_LOG("%s", o->body);
		EXPECT_EQ(o->info.refused, info.refused) TH_LOG("%s", o->body);
		EXPECT_EQ(o->info.errors, info.errors) TH_LOG("%s", o->body);
		EXPECT_EQ(o->info.prints, info.prints) TH_LOG("%s", o->body);
		EXPECT_EQ(0, info.bytes_unjudged);
		EXPECT_LT(8000, info.memory);
		EXPECT_GT(65536, info.memory);
	}
}

TEST_F(lua, tells_the_same_as_the_namespaces_counters)
{
	static const char * const names[] = { "LuaCalls", "LuaPassedBytes" };
	long before[2], i;
	struct ss_lua_info info;

	for (i = 0; i < 2; i++)
		before[i] = lua_counter(names[i]);
	JUDGED_BY("return true");
	judge(&self->pair, "abc");
	judge(&self->pair, "d");
	info = lua_info_of(self->pair.fd);
	EXPECT_EQ(before[0] + (long)info.calls, lua_counter(names[0]));
	EXPECT_EQ(before[1] + (long)info.bytes_passed, lua_counter(names[1]));
}

TEST_F(lua, tells_what_calls_took)
{
	struct ss_lua_info first, second;

	JUDGED_BY("for i = 1, size * 1000 do end return true");
	judge(&self->pair, "12345678");
	first = lua_info_of(self->pair.fd);
	EXPECT_LE(8000, first.instructions_last);
	EXPECT_GE(9000, first.instructions_last);
	EXPECT_EQ(first.instructions_last, first.instructions_max);
	EXPECT_EQ(first.instructions_last, first.instructions_total);
	judge(&self->pair, "12");
	second = lua_info_of(self->pair.fd);
	EXPECT_LE(2000, second.instructions_last);
	EXPECT_GE(3000, second.instructions_last);
	EXPECT_EQ(first.instructions_max, second.instructions_max);
	EXPECT_EQ(first.instructions_total + second.instructions_last,
		  second.instructions_total);
}

TEST_F(lua, a_call_that_hit_the_limit_took_all)
{
	JUDGED_BY("while true do end");
	judge(&self->pair, "x");
	EXPECT_EQ(1000000, lua_info_of(self->pair.fd).instructions_last);
}

TEST_F(lua, is_empty_before_there_is_anything_to_tell)
{
	static const char script[] = "function process() return true end";
	struct ss_lua_info info, empty = {};

	ASSERT_EQ(0, lua_attach(self->listener));
	info = lua_info_of(self->listener);
	EXPECT_EQ(0, memcmp(&info, &empty, sizeof(info)));

	/* An accepted connection that has received nothing has no state. */
	ASSERT_EQ(0, lua_script(self->pair.fd, script));
	ASSERT_EQ(0, lua_load(self->listener, script));
	ASSERT_EQ(0, lua_entry(self->listener, "process"));
	lua_pair_close(&self->pair);
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	info = lua_info_of(self->pair.fd);
	EXPECT_EQ(SS_LUA_INFO_SCRIPT, info.flags);
	EXPECT_EQ(strlen(script), info.script_size);
	EXPECT_EQ(0, info.memory);
}

/* sock_diag's attribute @type within @attr, or NULL. */
static struct rtattr *find(struct rtattr *attr, int len, int type)
{
	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len)) {
		if ((attr->rta_type & NLA_TYPE_MASK) == type)
			return attr;
	}
	return NULL;
}

static struct rtattr *find_in(struct rtattr *nest, int type)
{
	return nest ? find(RTA_DATA(nest), RTA_PAYLOAD(nest), type) : NULL;
}

/* What sock_diag has on the socket with these ports: 1 if it has ULP info. */
static int diag(int family, int sport, int dport, struct ss_lua_info *info)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 req;
	} ask = {
		.nlh.nlmsg_len = sizeof(ask),
		.nlh.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.req.sdiag_family = family,
		.req.sdiag_protocol = IPPROTO_TCP,
		.req.idiag_ext = 1 << (INET_DIAG_INFO - 1),
		.req.idiag_states = -1,
	};
	static char answer[65536];
	int nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	struct inet_diag_msg *msg;
	struct rtattr *ulp, *attr;
	struct nlmsghdr *h;
	int found = 0;
	ssize_t n;

	if (nl < 0 || send(nl, &ask, sizeof(ask), 0) < 0)
		return -errno;
	for (;;) {
		n = recv(nl, answer, sizeof(answer), 0);
		for (h = (void *)answer; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY)
				goto out;
			msg = NLMSG_DATA(h);
			if (ntohs(msg->id.idiag_sport) != sport ||
			    ntohs(msg->id.idiag_dport) != dport)
				continue;
			ulp = find((void *)(msg + 1),
				   h->nlmsg_len - NLMSG_LENGTH(sizeof(*msg)),
				   INET_DIAG_ULP_INFO);
			attr = find_in(ulp, INET_ULP_INFO_NAME);
			if (!attr || strcmp(RTA_DATA(attr), "lua"))
				continue;
			attr = find_in(find_in(ulp, INET_ULP_INFO_LUA),
				       SS_LUA_ULP_INFO);
			if (!attr || RTA_PAYLOAD(attr) != sizeof(*info))
				continue;
			memcpy(info, RTA_DATA(attr), sizeof(*info));
			found = 1;
		}
		if (n < 0)
			break;
	}
out:
	close(nl);
	return found;
}

TEST_F(lua, sock_diag_tells_the_same)
{
	struct ss_lua_info info, seen;
	int port = lua_port_of(self->listener);

	JUDGED_BY("print('x') return true");
	EXPECT_EQ(1, diag(variant->family, port, 0, &seen));
	EXPECT_EQ(SS_LUA_INFO_SCRIPT | SS_LUA_INFO_STATE, seen.flags);
	EXPECT_EQ(1, diag(variant->family, port, lua_port_of(self->pair.peer), &seen));
	EXPECT_EQ(SS_LUA_INFO_SCRIPT, seen.flags);
	judge(&self->pair, "abc");
	info = lua_info_of(self->pair.fd);
	EXPECT_EQ(1, diag(variant->family, port, lua_port_of(self->pair.peer), &seen));
	EXPECT_EQ(0, memcmp(&info, &seen, sizeof(info)));
	EXPECT_EQ(3, seen.bytes_passed);
	/* The other end has no protocol. */
	EXPECT_EQ(0, diag(variant->family, lua_port_of(self->pair.peer), port, &seen));
}

TEST_F(lua, ss_shows_the_name_and_everything_else)
{
	char command[128], line[4096] = "";
	FILE *ss;
	size_t n;

	if (system("ss -V >/dev/null 2>&1"))
		SKIP(return, "no ss");
	JUDGED_BY("return true");
	judge(&self->pair, "abc");
	snprintf(command, sizeof(command), "ss -tineOH 'sport = :%d and dport = :%d' 2>/dev/null",
		 lua_port_of(self->pair.fd), lua_port_of(self->pair.peer));
	ss = popen(command, "r");
	ASSERT_NE(NULL, ss);
	n = fread(line, 1, sizeof(line) - 1, ss);
	line[n] = '\0';
	EXPECT_EQ(0, pclose(ss));
	EXPECT_NE(NULL, strstr(line, "tcp-ulp-lua")) TH_LOG("%s: %s", command, line);
	EXPECT_NE(NULL, strstr(line, "bytes_received:3")) TH_LOG("%s", line);
	EXPECT_NE(NULL, strstr(line, "sk:")) TH_LOG("%s", line);
}

TEST_HARNESS_MAIN
