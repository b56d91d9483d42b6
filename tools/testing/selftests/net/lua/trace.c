// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints: each says which socket, and what happened.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>

#include "lua_families.h"

#define TRACEFS "/sys/kernel/tracing/"
#define EVENTS TRACEFS "events/lua/enable"

static void forget_trace(void)
{
	FILE *trace = fopen(TRACEFS "trace", "w");

	if (trace)
		fclose(trace);
}

/* The last line of the trace that has @event and these ports; "" if none has. */
static const char *line_of(const char *event, int sport, int dport)
{
	FILE *trace = fopen(TRACEFS "trace", "r");
	static char found[8192];
	char line[8192], name[64], ports[64];

	found[0] = '\0';
	snprintf(name, sizeof(name), " %s: sk=", event);
	snprintf(ports, sizeof(ports), " sport=%d dport=%d ", sport, dport);
	while (trace && fgets(line, sizeof(line), trace)) {
		if (strstr(line, name) && strstr(line, ports))
			strcpy(found, line);
	}
	if (trace)
		fclose(trace);
	return found;
}

#define EXPECT_EVENT(event, part) do {					\
	const char *line = line_of(event, lua_port_of(self->pair.fd),	\
				   lua_port_of(self->pair.peer));		\
									\
	EXPECT_NE(NULL, strstr(line, part)) {				\
		TH_LOG("%s: expected '%s', seen '%s'", event, part, line); \
	}								\
} while (0)

#define NO_EVENT(event)							\
	EXPECT_STREQ("", line_of(event, lua_port_of(self->pair.fd),		\
				 lua_port_of(self->pair.peer)))

/* Tracing, while @body judges "abcd" on a new connection. */
#define TRACE(body) do {						\
	JUDGED_BY(body);						\
	forget_trace();							\
	ASSERT_EQ(0, lua_write_file(EVENTS, "1"));			\
	ASSERT_EQ(0, lua_puts(self->pair.peer, "abcd"));		\
	ASSERT_EQ(0, lua_arrived(self->pair.peer));			\
	recv(self->pair.fd, buf, sizeof(buf), MSG_DONTWAIT);		\
	ASSERT_EQ(0, lua_write_file(EVENTS, "0"));			\
} while (0)

static int no_events(void)
{
	int fd = lua_socket(AF_INET);

	/* So that there is a module. */
	lua_attach(fd);
	close(fd);
	return access(EVENTS, W_OK);
}

static const struct {
	const char *body;
	const char *line;
} verdicts[] = {
	{ "return true", "hook=receive action=pass size=4 len=4" },
	{ "return true, 3", "hook=receive action=pass size=" },
	{ "return true, 'ab'", "hook=receive action=replace size=4 len=4" },
	{ "return true, 2, 'abc'", "hook=receive action=replace size=4 len=2" },
	{ "return drop", "hook=receive action=drop size=4 len=4" },
	{ "more(2)", "hook=receive action=more size=4 len=6" },
	{ "return false", "hook=receive action=refuse size=4 len=0" },
};

TEST_F(lua, each_verdict_is_traced)
{
	unsigned int i;
	char buf[16];

	if (no_events())
		SKIP(return, "no tracefs");
	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		TRACE(verdicts[i].body);
		EXPECT_EVENT("lua_verdict", verdicts[i].line);
		EXPECT_EVENT("lua_verdict", variant->family == AF_INET6 ?
			     "family=AF_INET6" : "family=AF_INET ");
		NO_EVENT("lua_error");
		NO_EVENT("lua_limit");
		NO_EVENT("lua_print");
	}
}

TEST_F(lua, an_error_is_traced)
{
	char buf[16];

	if (no_events())
		SKIP(return, "no tracefs");
	TRACE("error('no good')");
	EXPECT_EVENT("lua_error", "err=-22 text=script:1: no good");
	NO_EVENT("lua_verdict");
	NO_EVENT("lua_limit");
}

TEST_F(lua, a_limit_is_traced)
{
	char buf[16];

	if (no_events())
		SKIP(return, "no tracefs");
	TRACE("while true do end");
	EXPECT_EVENT("lua_limit", "err=-62 text=script:1: instruction limit (1000000)");
	EXPECT_EVENT("lua_error", "err=-62 text=script:1: instruction limit (1000000)");
}

TEST_F(lua, print_is_traced)
{
	char buf[16];

	if (no_events())
		SKIP(return, "no tracefs");
	TRACE("print('a', 'b') return true");
	EXPECT_EVENT("lua_print", "text=a\tb\n");
}

TEST_F(lua, loading_is_traced)
{
	if (no_events())
		SKIP(return, "no tracefs");
	forget_trace();
	ASSERT_EQ(0, lua_attach(self->pair.fd));
	ASSERT_EQ(0, lua_write_file(EVENTS, "1"));
	EXPECT_EQ(0, lua_load(self->pair.fd, "x = 1"));
	EXPECT_EVENT("lua_load", "size=5 err=0");
	EXPECT_EQ(-EINVAL, lua_load(self->pair.fd, "="));
	EXPECT_EVENT("lua_load", "size=1 err=-22");
	EXPECT_EQ(-ETIME, lua_load(self->pair.fd, "while true do end"));
	EXPECT_EVENT("lua_limit", "err=-62 text=script:1: instruction limit");
	NO_EVENT("lua_error");
	ASSERT_EQ(0, lua_write_file(EVENTS, "0"));
}

TEST_F(lua, a_socket_is_known_by_its_cookie)
{
	unsigned long long cookie;
	socklen_t len = sizeof(cookie);
	char buf[32];

	if (no_events())
		SKIP(return, "no tracefs");
	TRACE("return true");
	ASSERT_EQ(0, getsockopt(self->pair.fd, SOL_SOCKET, SO_COOKIE, &cookie, &len));
	snprintf(buf, sizeof(buf), "sk=%llx ", cookie);
	EXPECT_EVENT("lua_verdict", buf);
}

TEST_HARNESS_MAIN
