// SPDX-License-Identifier: GPL-2.0
/*
 * Filters of a few lines, with the protocol libraries, on real connections: what is
 * good comes through unchanged, what is not is refused with its reason, however it is
 * cut into segments.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/wait.h>

#include "lua_families.h"

/* How a peer sends, as segments */
static const enum lua_sending sendings[] = {
	LUA_ONE_SEGMENT,
	LUA_MANY_SEGMENTS,
	LUA_LATE,
};

static const char http_script[] =
	"local http = require 'http'\n"
	"process = http.filter(function(request)\n"
	"    if request.path:find('^/admin') then return false, 'not for you' end\n"
	"    return true\n"
	"end)\n";

static const char tls_script[] =
	"local tls = require 'tls'\n"
	"local allowed = { ['good.example'] = true }\n"
	"function process(data)\n"
	"    local hello, why, n = tls.hello(data)\n"
	"    while why == 'incomplete' do\n"
	"        more(n)\n"
	"        hello, why, n = tls.hello(data)\n"
	"    end\n"
	"    if not hello then return false, why end\n"
	"    if not allowed[hello.server_name] then return false, hello.server_name end\n"
	"    return pass()\n"
	"end\n";

static const char ssh_script[] =
	"local ssh = require 'ssh'\n"
	"function process(data)\n"
	"    local id, why = ssh.identification(data)\n"
	"    if why == 'incomplete' then return true, 0 end\n"
	"    if not id then return false, why end\n"
	"    if id.software == 'OpenSSH_6.4' then return false, 'too old' end\n"
	"    return pass()\n"
	"end\n";

static const char resp_script[] =
	"local resp = require 'resp'\n"
	"local refused = { FLUSHALL = true, KEYS = true }\n"
	"function process(data)\n"
	"    local command, why = resp.command(data)\n"
	"    if why == 'incomplete' then return true, 0 end\n"
	"    if not command then return false, why end\n"
	"    if refused[command.name] then return false, command.name end\n"
	"    return true, command.length\n"
	"end\n";

static const char dns_script[] =
	"local dns = require 'dns'\n"
	"function process(data)\n"
	"    local message, why = dns.message(data)\n"
	"    if why == 'incomplete' then return true, 0 end\n"
	"    if not message then return false, why end\n"
	"    local question = message.question\n"
	"    if not question then return false, 'no question' end\n"
	"    if question.type == 252 then return false, 'no transfer' end\n"
	"    return true, message.length\n"
	"end\n";

/**
 * struct flow - what a peer sends over a connection
 * @desc: name
 * @script: its filter
 * @sent: bytes
 * @sent_len: how many
 * @passed: how many of them the application reads
 * @why: the reason for a refusal after those, or NULL
 */
struct flow {
	const char *desc;
	const char *script;
	const char *sent;
	size_t sent_len;
	size_t passed;
	const char *why;
};

/* All of it passes; none of @bad does, but all that is before it. */
#define PASSES(desc, script, text)					\
	{ desc, script, text, sizeof(text) - 1, sizeof(text) - 1, NULL }
#define REFUSED(desc, script, good, bad, why)				\
	{ desc, script, good bad, sizeof(good bad) - 1, sizeof(good) - 1, why }

#define GET	"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST	"POST /b HTTP/1.1\r\nHost: h\r\n"
#define ADMIN	"GET /admin HTTP/1.1\r\nHost: h\r\n\r\n"
#define CHUNKED	"Transfer-Encoding: chunked\r\n"

#define PING	"*1\r\n$4\r\nPING\r\n"
#define QUERY	"\0\x13\0\1\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1"
#define AXFR	"\0\x13\0\1\1\0\0\1\0\0\0\0\0\0\1a\0\0\xfc\0\1"
#define LOOP	"\0\x12\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"

static const struct flow flows[] = {
	PASSES("http: requests behind each other", http_script,
	       GET POST "Content-Length: 3\r\n\r\nabc" GET
	       POST CHUNKED "\r\n3\r\nabc\r\n0\r\n\r\n" GET),
	PASSES("http: a body that looks like a request", http_script,
	       POST "Content-Length: 32\r\n\r\n" ADMIN GET),
	REFUSED("http: what the judge refuses", http_script, GET, ADMIN, "not for you"),
	REFUSED("http: a request behind a body", http_script,
		POST "Content-Length: 3\r\n\r\nabc", ADMIN, "not for you"),
	REFUSED("http: a request behind chunks", http_script,
		POST CHUNKED "\r\n0\r\n\r\n", ADMIN, "not for you"),
	REFUSED("http: two lengths", http_script, GET,
		POST "Content-Length: 0\r\nContent-Length: 32\r\n\r\n" ADMIN,
		"more than one content-length"),
	REFUSED("http: a length and chunks", http_script, GET,
		POST "Content-Length: 32\r\n" CHUNKED "\r\n0\r\n\r\n" ADMIN,
		"Content-Length and Transfer-Encoding"),
	REFUSED("http: a coding that looks like chunked", http_script, GET,
		POST "Transfer-Encoding: xchunked\r\n\r\n", "unknown transfer coding"),
	REFUSED("http: a space before the colon", http_script, GET,
		POST "Content-Length : 32\r\n\r\n" ADMIN, "malformed field name"),
	REFUSED("http: a folded field", http_script, GET,
		POST "A: b\r\n Content-Length: 32\r\n\r\n", "folded field"),
	REFUSED("http: a bare line feed", http_script, GET,
		"GET / HTTP/1.1\r\nHost: h\nA: b\r\n\r\n",
		"the line does not end with CR LF"),
	REFUSED("http: a carriage return in a value", http_script, GET,
		"GET / HTTP/1.1\r\nHost: h\r\nA: b\rX: c\r\n\r\n",
		"control character in a field value"),
	REFUSED("http: another host in the target", http_script, GET,
		"GET http://i/ HTTP/1.1\r\nHost: h\r\n\r\n", "Host is not that of the target"),

	PASSES("ssh: a client", ssh_script, "SSH-2.0-OpenSSH_9.2 Debian\r\n\0\0\1\2\3"),
	REFUSED("ssh: an old client", ssh_script, "", "SSH-2.0-OpenSSH_6.4\r\n", "too old"),
	REFUSED("ssh: no client", ssh_script, "", "GET / HTTP/1.1\r\n\r\n",
		"not an SSH identification string"),

	PASSES("resp: commands behind each other", resp_script,
	       PING "*2\r\n$4\r\nECHO\r\n$14\r\n*1\r\n$4\r\nKEYS\r\n\r\nping\r\n" PING),
	REFUSED("resp: a command", resp_script, PING, "*1\r\n$8\r\nFlushAll\r\n", "FLUSHALL"),
	REFUSED("resp: an inline command", resp_script, PING "ping\r\n", "keys *\r\n", "KEYS"),
	REFUSED("resp: an escaped command", resp_script, PING, "\"\\x6beys\" *\r\n",
		"quote, backslash or control character in an inline command"),

	PASSES("dns: queries behind each other", dns_script, QUERY QUERY),
	REFUSED("dns: a transfer", dns_script, QUERY, AXFR, "no transfer"),
	REFUSED("dns: a name that points to itself", dns_script, QUERY, LOOP,
		"compressed or unknown label"),
};

/* All that can be read, and the error that ends it; 0 for the end */
static size_t read_all(int fd, char *buf, size_t size, int *err)
{
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, buf + len, size - len, 0)) > 0)
		len += n;
	*err = n < 0 ? errno : 0;
	return len;
}

TEST_F(lua, filters_pass_what_is_good_and_nothing_else)
{
	char buf[1024];
	size_t i, len;
	unsigned int j;
	int err;

	for (i = 0; i < ARRAY_SIZE(flows); i++) {
		const struct flow *flow = &flows[i];

		ASSERT_EQ(0, lua_script(self->listener, flow->script))
			TH_LOG("%s: %s", flow->desc, lua_error(self->listener));
		for (j = 0; j < ARRAY_SIZE(sendings); j++) {
			lua_pair_close(&self->pair);
			ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
			ASSERT_EQ(0, lua_send_end(&self->pair, sendings[j], flow->sent,
						  flow->sent_len));
			len = read_all(self->pair.fd, buf, sizeof(buf), &err);
			EXPECT_EQ(flow->passed, len)
				TH_LOG("%s, sent in way %u", flow->desc, j);
			EXPECT_EQ(0, memcmp(flow->sent, buf, len));
			EXPECT_EQ(flow->why ? ECONNREFUSED : 0, err)
				TH_LOG("%s, sent in way %u: %s", flow->desc, j,
				       lua_error(self->pair.fd));
			EXPECT_STREQ(flow->why ?: "", lua_error(self->pair.fd))
				TH_LOG("%s, sent in way %u", flow->desc, j);
		}
	}
}

/* The script is called for the head, and then for the next one. */
TEST_F(lua, bodies_go_by_without_the_script)
{
	static const char head[] = POST "Content-Length: 200000\r\n\r\n";
	static char body[200000];
	struct lua_stream *stream = malloc(sizeof(*stream));
	long calls;

	ASSERT_NE(NULL, stream);
	memset(stream, 0, sizeof(*stream));
	memset(body, 'x', sizeof(body));
	ASSERT_EQ(0, lua_script(self->listener, http_script));
	lua_pair_close(&self->pair);
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	calls = lua_counter("LuaCalls");
	ASSERT_EQ(0, lua_puts(self->pair.peer, head));
	ASSERT_EQ(0, lua_send_end(&self->pair, LUA_LATE, body, sizeof(body)));
	lua_stream_read_len(stream, self->pair.fd, (lua_read_fn *)read, LUA_STREAM_MAX - 1);
	EXPECT_EQ(sizeof(head) - 1 + sizeof(body), stream->len);
	EXPECT_EQ(0, stream->err);
	EXPECT_GE(calls + 2, lua_counter("LuaCalls"));
	free(stream);
}

/* A ClientHello of openssl's, for the name; its length, or a negative error */
static int client_hello(char *buf, size_t size, const char *name)
{
	int listener = lua_listen(AF_INET), fd, len = 0;
	struct sockaddr_in addr = { };
	socklen_t addr_len = sizeof(addr);
	char command[256];
	pid_t pid;

	if (getsockname(listener, (struct sockaddr *)&addr, &addr_len))
		return -errno;
	snprintf(command, sizeof(command),
		 "exec openssl s_client -connect 127.0.0.1:%d -servername %s -alpn h2,http/1.1 </dev/null >/dev/null 2>&1",
		 ntohs(addr.sin_port), name);
	pid = fork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	fd = lua_poll(listener, POLLIN, 6 * LUA_PATIENCE_MS) > 0 ? lua_accept(listener) : -ETIME;
	if (fd >= 0)
		len = recv(fd, buf, size, 0);
	close(fd);
	close(listener);
	waitpid(pid, NULL, 0);
	return fd < 0 ? fd : len;
}

TEST_F(lua, names_of_real_clienthellos_are_seen)
{
	char hello[4096], buf[4096];
	static const char *const names[] = { "good.example", "bad.example" };
	unsigned int i, j;
	int len, err;

	if (system("openssl version >/dev/null 2>&1"))
		SKIP(return, "openssl is not installed");
	ASSERT_EQ(0, lua_script(self->listener, tls_script));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		len = client_hello(hello, sizeof(hello), names[i]);
		ASSERT_LT(100, len);
		for (j = 0; j < ARRAY_SIZE(sendings); j++) {
			lua_pair_close(&self->pair);
			ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
			ASSERT_EQ(0, lua_send_end(&self->pair, sendings[j], hello, len));
			EXPECT_EQ(i ? 0 : len, read_all(self->pair.fd, buf, sizeof(buf), &err));
			EXPECT_EQ(i ? ECONNREFUSED : 0, err);
			EXPECT_STREQ(i ? names[i] : "", lua_error(self->pair.fd));
		}
	}
}

TEST_F(lua, a_real_clienthello_has_what_openssl_was_told)
{
	char hello[4096];
	int len;

	if (system("openssl version >/dev/null 2>&1"))
		SKIP(return, "openssl is not installed");
	len = client_hello(hello, sizeof(hello), "A.example");
	ASSERT_LT(100, len);
	JUDGED_BY("local hello = require('tls').hello(data)\n"
		  "local versions = {}\n"
		  "for i, version in ipairs(hello.versions) do versions[version] = true end\n"
		  "return true, ('%s %s %s %d %s'):format(hello.server_name,\n"
		  "    table.concat(hello.alpn, ','), versions[0x0304], size - hello.length,\n"
		  "    hello.fingerprint:match('^771,[%d-]+,[%d-]+,[%d-]+,0'))");
	ASSERT_EQ(0, lua_put(self->pair.peer, hello, len));
	EXPECT_EQ(0, strncmp("a.example h2,http/1.1 true 0 771,",
			     lua_read_text(self->pair.fd, 0), 33))
		TH_LOG("%s", lua_error(self->pair.fd));
}

TEST_F(lua, errors_of_a_library_name_it)
{
	char buf[16];

	JUDGED_BY("require('http').request(42)");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "x"));
	EXPECT_EQ(-1, recv(self->pair.fd, buf, sizeof(buf), 0));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(0, strncmp("http:", lua_error(self->pair.fd), 5));
}

/* It has taken what it needs, and only the script's own calls go wrong. */
TEST_F(lua, a_library_does_not_see_what_the_script_breaks_later)
{
	ASSERT_EQ(0, lua_script(self->listener,
				"local ssh = require 'ssh'\n"
				"string.find, string.sub, tostring, type = error, error, error\n"
				"string = nil\n"
				"function process(data)\n"
				"    return ssh.identification(data) ~= nil\n"
				"end\n"));
	lua_pair_close(&self->pair);
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	EXPECT_STREQ("SSH-2.0-a\r\n", lua_pair_exchange(&self->pair, "SSH-2.0-a\r\n"));
}

TEST_F(lua, a_library_makes_no_globals)
{
	JUDGED_BY("local before, new = {}, {}\n"
		  "for name in pairs(_G) do before[name] = true end\n"
		  "for _, name in ipairs { 'dns', 'http', 'resp', 'ssh', 'tls' } do\n"
		  "    assert(require(name) == require(name))\n"
		  "end\n"
		  "for name in pairs(_G) do if not before[name] then new[#new + 1] = name end end\n"
		  "return true, 'new: ' .. table.concat(new, ' ')");
	EXPECT_STREQ("new: ", lua_pair_exchange(&self->pair, "x"));
}

TEST_HARNESS_MAIN
