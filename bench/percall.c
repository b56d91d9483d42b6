// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: percall [--pairs] [--samples N] [--size BYTES] [CASE...]
 *
 * What a send and a receive cost over loopback, by message size, with scripts and with
 * their rivals on the connection. A sample is a few messages, each sent and then
 * received; reported are the medians. --pairs: after each sample one of a plain connection,
 * and the median of the ratios, for machines whose clock does not count instructions.
 * Run in the folder bench/.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define WARM_UP	64
#define PROXY_FRONT 9001
#define PROXY_BACK 9002

struct way {
	const char *name;
	bool ulp;		/* on both ends, without a script */
	const char *receive;	/* scripts */
	const char *send;
	const char *bpf;
	const char *user;	/* a script in user space */
	bool netfilter;
	bool proxy;
	bool http;
};

#define HTTP_CHECK "../samples/lua/http_check.lua"

static const struct way ways[] = {
	{ "plain" },
	{ "ulp", .ulp = true },
	{ "pass", .receive = "scripts/pass.lua", .send = "scripts/pass.lua" },

	{ "cheapest", .receive = "scripts/cheapest.lua" },
	{ "first16", .receive = "scripts/first16.lua" },
	{ "tostring", .receive = "scripts/tostring.lua" },
	{ "http", .receive = HTTP_CHECK, .http = true },

	{ "send-cheapest", .send = "scripts/cheapest.lua" },
	{ "send-first16", .send = "scripts/first16.lua" },
	{ "send-tostring", .send = "scripts/tostring.lua" },

	{ "sk_skb-cheapest", .bpf = "skb_cheapest" },
	{ "sk_skb-first16", .bpf = "skb_first16" },
	{ "strparser-cheapest", .bpf = "parser+skb_cheapest" },
	{ "strparser-first16", .bpf = "parser+skb_first16" },
	{ "sk_msg-cheapest", .bpf = "msg_cheapest" },
	{ "sk_msg-first16", .bpf = "msg_first16" },
	{ "cgroup-cheapest", .bpf = "cgroup_cheapest" },
	{ "cgroup-first16", .bpf = "cgroup_first16" },
	{ "netfilter-string", .netfilter = true },

	{ "user-cheapest", .user = "scripts/cheapest.lua" },
	{ "user-first16", .user = "scripts/first16_user.lua" },
	{ "user-tostring", .user = "scripts/tostring.lua" },
	{ "user-http", .user = HTTP_CHECK, .http = true },
	{ "proxy", .proxy = true },
};

static const size_t sizes[] = { 1, 16, 64, 512, 1460, 4096, 16384, 65536 };
static char out[65536], in[65536];
static uint64_t clock_cost;
static size_t max_samples = 101;
static size_t only_size;
static bool pairs;
static bool failed;

struct connection {
	struct pair pair;
	struct rival *rival;
	struct user_lua *lua;
};

/* HAProxy listens at PROXY_FRONT, and connects to PROXY_BACK. */
static void open_proxied(struct pair *pair)
{
	int listener = tcp_listen(PROXY_BACK, 8);

	pair->client = tcp_connect(PROXY_FRONT);
	pair->server = tcp_accept(listener);
	close(listener);
	tcp_tune(pair->client);
	tcp_tune(pair->server);
}

static void open_way(struct connection *c, const struct way *way)
{
	bool cgroup = way->bpf && !strncmp(way->bpf, "cgroup", 6);

	memset(c, 0, sizeof(*c));
	if (cgroup && bpf_enter_cgroup())
		die("cgroup");
	if (way->proxy)
		open_proxied(&c->pair);
	else
		pair_open(&c->pair);
	if (cgroup)
		bpf_leave_cgroup();
	if (way->ulp) {
		script_attach(c->pair.client);
		script_attach(c->pair.server);
	}
	if (way->receive)
		script_judge(c->pair.server, SS_LUA_HOOK_RECEIVE, way->receive);
	if (way->send)
		script_judge(c->pair.client, SS_LUA_HOOK_SEND, way->send);
	if (way->bpf)
		c->rival = bpf_open(way->bpf, &c->pair);
	if (way->user)
		c->lua = user_lua_open(way->user);
}

static void close_way(struct connection *c, const struct way *way)
{
	if (way->user)
		user_lua_close(c->lua);
	pair_close(&c->pair);
	if (way->bpf)
		bpf_close(c->rival);
}

/* Receives, and has the script judge, as often as something comes */
static void receive_and_judge(struct connection *c, size_t size)
{
	for (size_t got = 0; got < size;) {
		ssize_t n = recv(c->pair.server, in, size - got, 0);

		if (n <= 0)
			die("recv");
		if (!user_lua_judge(c->lua, in, n)) {
			errno = ECONNREFUSED;
			die("the script");
		}
		got += n;
	}
}

struct cost {
	double send;
	double receive;
};

static struct cost sample(struct connection *c, size_t size, int messages)
{
	uint64_t send = 0, receive = 0;

	for (int i = 0; i < messages; i++) {
		uint64_t start = ticks(), sent;

		tcp_send(c->pair.client, out, size);
		sent = ticks();
		if (c->lua)
			receive_and_judge(c, size);
		else
			tcp_recv(c->pair.server, in, size);
		receive += ticks() - sent - clock_cost;
		send += sent - start - clock_cost;
	}
	return (struct cost){ send / (double)messages, receive / (double)messages };
}

static void measure(struct connection *c, struct connection *plain, const struct way *way,
		    size_t size)
{
	static struct samples send, receive, both, ratio;
	int messages = size > 4096 ? 2 : 8;

	if (way->http)
		request_fill(out, size);
	else
		memset(out, 'x', size);
	for (int i = 0; i < WARM_UP / messages; i++) {
		sample(c, size, messages);
		if (plain)
			sample(plain, size, messages);
	}
	samples_reset(&send);
	samples_reset(&receive);
	samples_reset(&both);
	samples_reset(&ratio);
	clock_mark(0);
	for (size_t i = 0; i < max_samples; i++) {
		struct cost cost = sample(c, size, messages);
		double sum = cost.send + cost.receive;

		samples_add(&send, cost.send);
		samples_add(&receive, cost.receive);
		samples_add(&both, sum);
		if (plain) {
			cost = sample(plain, size, messages);
			samples_add(&ratio, sum / (cost.send + cost.receive));
		}
	}
	clock_mark(max_samples * messages);
	printf("{\"bench\": \"percall\", \"case\": \"%s\", \"size\": %zu, \"send\": %.1f, "
	       "\"receive\": %.1f, \"both\": %.1f, \"mean\": %.1f", way->name, size,
	       samples_median(&send), samples_median(&receive), samples_median(&both),
	       samples_mean(&both));
	if (plain)
		printf(", \"ratio\": %.4f", samples_median(&ratio));
	printf("}\n");
	fflush(stdout);
}

static void measure_way(const struct way *way)
{
	struct connection c, plain;

	if (way->netfilter && system("iptables -A INPUT -i lo -p tcp -m string --algo bm "
				     "--string 'SSH-2.0-OpenSSH_' -j DROP")) {
		fprintf(stderr, "percall: %s is left out: iptables failed\n", way->name);
		failed = true;
		return;
	}
	open_way(&c, way);
	if (pairs)
		open_way(&plain, &ways[0]);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if ((!only_size || sizes[i] == only_size) &&
		    (!way->http || sizes[i] >= REQUEST_MIN))
			measure(&c, pairs ? &plain : NULL, way, sizes[i]);
	close_way(&c, way);
	if (pairs)
		close_way(&plain, &ways[0]);
	if (way->netfilter && system("iptables -F INPUT"))
		failed = true;
}

static const struct way *find(const char *name)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	errno = EINVAL;
	die("%s", name);
}

int main(int argc, char **argv)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--pairs"))
			pairs = true;
		else if (!strcmp(argv[i], "--samples") && i + 1 < argc)
			max_samples = atoi(argv[++i]);
		else if (!strcmp(argv[i], "--size") && i + 1 < argc)
			only_size = atoi(argv[++i]);
	}
	clock_check();
	clock_cost = ticks_cost();
	if (i < argc)
		for (; i < argc; i++)
			measure_way(find(argv[i]));
	else
		for (size_t w = 0; w < sizeof(ways) / sizeof(*ways); w++)
			measure_way(&ways[w]);
	return failed;
}
