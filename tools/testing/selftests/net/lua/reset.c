// SPDX-License-Identifier: GPL-2.0
/*
 * Resets in every state of TCP: with a script, whatever that is at, the application
 * sees what it would see without one, and nothing stays behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/wait.h>

/* Counters are those of one test. */
#define LUA_PREPARE() lua_own_network()
#include "lua_families.h"

#define HOLD_ALL	"return true, 0"

/* Whoever held something has let it go: states, and sockets with the protocol. */
static bool nothing_left(long users)
{
	int ms;

	for (ms = 0; ms < LUA_PATIENCE_MS; ms += 10) {
		if (!lua_counter("LuaStatesNow") && !lua_counter("LuaMemoryNow") &&
		    lua_module_users() <= users)
			return true;
		usleep(10000);
	}
	return false;
}

/* A packet with nothing but a reset, from where @fd is, or was. */

static unsigned int sum_of(const void *bytes, size_t len)
{
	unsigned int sum = 0;
	unsigned short word;

	for (; len; len -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		sum += word;
	}
	return sum;
}

/* IPv6 has it done by the kernel. */
static unsigned short checksum(const struct tcphdr *tcp)
{
	unsigned int loopback = htonl(INADDR_LOOPBACK);
	unsigned int sum = sum_of(tcp, sizeof(*tcp)) + htons(IPPROTO_TCP) +
			   htons(sizeof(*tcp)) +
			   2 * sum_of(&loopback, sizeof(loopback));

	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static int send_packet(int family, struct tcphdr *tcp)
{
	struct sockaddr_storage to;
	socklen_t len = lua_loopback(family, &to);
	int raw = socket(family, SOCK_RAW, IPPROTO_TCP);
	int at = offsetof(struct tcphdr, check), err = 0;

	if (raw < 0)
		return -errno;
	tcp->check = checksum(tcp);
	if (family == AF_INET6 &&
	    setsockopt(raw, IPPROTO_IPV6, IPV6_CHECKSUM, &at, sizeof(at)))
		err = -errno;
	if (!err && sendto(raw, tcp, sizeof(*tcp), 0, (struct sockaddr *)&to,
			   len) < 0)
		err = -errno;
	close(raw);
	return err;
}

/* Of the next byte that it would send; it sends nothing more by itself. */
static int repair_seq(int fd, unsigned int *seq)
{
	int on = TCP_REPAIR_ON, queue = TCP_SEND_QUEUE;
	socklen_t len = sizeof(*seq);

	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof(queue)) ||
	    getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, seq, &len))
		return -errno;
	return 0;
}

static int send_reset(int family, int from, int to)
{
	struct tcphdr tcp = {
		.source = htons(lua_port_of(from)),
		.dest = htons(lua_port_of(to)),
		.doff = sizeof(tcp) / 4,
		.rst = 1,
	};
	unsigned int seq;
	int err = repair_seq(from, &seq);

	tcp.seq = htonl(seq);
	return err ?: send_packet(family, &tcp);
}

/* Steps to a state, and from there */

typedef int step_fn(struct lua_pair *pair);

static int fd_ends(struct lua_pair *pair)
{
	return shutdown(pair->fd, SHUT_WR) ? -errno : 0;
}

static int peer_ends(struct lua_pair *pair)
{
	return shutdown(pair->peer, SHUT_WR) ? -errno : 0;
}

/* It answers nothing any more, because it does not hear it. */
static int peer_is_deaf(struct lua_pair *pair)
{
	struct sock_filter nothing = { .code = BPF_RET | BPF_K };
	struct sock_fprog filter = { .len = 1, .filter = &nothing };

	return setsockopt(pair->peer, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
			  sizeof(filter)) ? -errno : 0;
}

/* Without a word; who sends to it is answered with a reset. So @fd must have
 * nothing to acknowledge.
 */
static int peer_vanishes(struct lua_pair *pair)
{
	int on = TCP_REPAIR_ON;
	int err = lua_arrived(pair->peer);

	if (!err && setsockopt(pair->peer, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)))
		err = -errno;
	close(pair->peer);
	pair->peer = -1;
	return err;
}

static int peer_resets(struct lua_pair *pair)
{
	struct sockaddr addr = { .sa_family = AF_UNSPEC };

	return connect(pair->peer, &addr, sizeof(addr)) ? -errno : 0;
}

/* The peer has ended, and would not. */
static int packet_resets(struct lua_pair *pair)
{
	struct sockaddr addr;
	socklen_t len = sizeof(addr);

	if (getsockname(pair->fd, &addr, &len))
		return -errno;
	return send_reset(addr.sa_family, pair->peer, pair->fd);
}

/**
 * struct state - a state of the end with the script
 * @name: of it
 * @number: as the kernel has it
 * @steps: from an established connection
 * @reset: what resets it
 */
struct state {
	const char *name;
	int number;
	step_fn *steps[3];
	step_fn *reset;
};

static const struct state states[] = {
	{ "ESTABLISHED", TCP_ESTABLISHED, {}, peer_resets },
	{ "ESTABLISHED, to FIN_WAIT1", TCP_ESTABLISHED, { peer_vanishes }, fd_ends },
	{ "FIN_WAIT1", TCP_FIN_WAIT1, { peer_is_deaf, fd_ends }, peer_resets },
	{ "FIN_WAIT2", TCP_FIN_WAIT2, { fd_ends }, peer_resets },
	{ "CLOSING", TCP_CLOSING, { peer_is_deaf, fd_ends, peer_ends }, peer_resets },
	{ "TIME_WAIT", TCP_CLOSE, { fd_ends, peer_ends }, packet_resets },
	{ "CLOSE_WAIT", TCP_CLOSE_WAIT, { peer_ends }, peer_resets },
	{ "CLOSE_WAIT, to LAST_ACK", TCP_CLOSE_WAIT, { peer_ends, peer_vanishes },
	  fd_ends },
	{ "LAST_ACK", TCP_LAST_ACK, { peer_ends, peer_is_deaf, fd_ends }, peer_resets },
	{ "CLOSE", TCP_CLOSE, { peer_ends, fd_ends }, packet_resets },
};

static int state_of(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) ? -errno :
	       info.tcpi_state;
}

static bool comes_to(int fd, int number)
{
	int ms;

	for (ms = 0; ms < LUA_PATIENCE_MS; ms++) {
		if (state_of(fd) == number)
			return true;
		usleep(1000);
	}
	return false;
}

static void reach(struct __test_metadata *_metadata, struct lua_pair *pair,
		  const struct state *state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(state->steps) && state->steps[i]; i++)
		ASSERT_EQ(0, state->steps[i](pair));
	ASSERT_TRUE(comes_to(pair->fd, state->number)) {
		TH_LOG("%s: in state %d", state->name, state_of(pair->fd));
	}
}

static void reset(struct __test_metadata *_metadata, struct lua_pair *pair,
		  const struct state *state)
{
	ASSERT_EQ(0, state->reset(pair));
	ASSERT_TRUE(comes_to(pair->fd, TCP_CLOSE)) {
		TH_LOG("%s: in state %d", state->name, state_of(pair->fd));
	}
}

/* What an application sees, as a text */
struct story {
	size_t len;
	char text[512];
};

static void __attribute__((format(printf, 2, 3)))
tell(struct story *story, const char *format, ...)
{
	size_t room = sizeof(story->text) - story->len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(story->text + story->len, room, format, args);
	va_end(args);
	story->len += n < (int)room ? n : (int)room - 1;
}

static void tell_poll(struct story *story, int fd)
{
	struct pollfd pfd = { .fd = fd,
			      .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };

	poll(&pfd, 1, 0);
	tell(story, ", poll %x", pfd.revents);
}

/* Of several reads, if the script has judged several times */
static void tell_bytes(struct story *story, int fd)
{
	char c;

	while (lua_poll(fd, POLLIN, 0) && recv(fd, &c, 1, MSG_DONTWAIT) > 0)
		tell(story, " %c", c);
}

static void tell_read(struct story *story, int fd)
{
	tell(story, ", read '%s'", lua_read_text(fd, MSG_DONTWAIT));
}

static void tell_send(struct story *story, int fd)
{
	ssize_t n = send(fd, "more", 4, MSG_NOSIGNAL | MSG_DONTWAIT);

	tell(story, ", send '%s'", n < 0 ? strerror(errno) : "");
}

/**
 * struct work - what a script is at when the reset comes
 * @body: of the hook; NULL: there is no script
 * @taken: the application has read the first byte
 */
struct work {
	const char *body;
	bool taken;
};

static const struct work works[] = {
	{ "return true" },
	{ "return true", true },
	/* waits */
	{ "more(100) return true" },
	/* has a replacement that nobody has read, or not all of it */
	{ "return true, tostring(data)" },
	{ "return true, tostring(data)", true },
	{ "return true, 1, tostring(data:segment(0, 1))", true },
	{ "pass() return true" },
};

/* Receiving */

/* @pair is in the state; @take: and there is data, of which the first byte is read. */
static void tell_reading(struct __test_metadata *_metadata, struct lua_pair *pair,
			 const struct state *state, bool take, struct story *story)
{
	char c;

	*story = (struct story){};
	tell(story, "%s", state->name);
	/* The script gets to work. */
	lua_poll(pair->fd, POLLIN, 0);
	if (take)
		ASSERT_EQ(1, recv(pair->fd, &c, 1, 0));
	reset(_metadata, pair, state);
	tell_poll(story, pair->fd);
	tell_bytes(story, pair->fd);
	tell_read(story, pair->fd);
	tell_read(story, pair->fd);
	tell_send(story, pair->fd);
	tell_poll(story, pair->fd);
}

static void read_through_reset(struct __test_metadata *_metadata, int family,
			       const struct state *state, const struct work *work,
			       bool data, struct story *story)
{
	struct lua_pair pair;

	ASSERT_EQ(0, lua_pair_open(&pair, family));
	if (work->body)
		ASSERT_EQ(0, lua_judge(pair.fd, work->body));
	if (data)
		ASSERT_EQ(0, lua_puts(pair.peer, "data"));
	reach(_metadata, &pair, state);
	tell_reading(_metadata, &pair, state, data && work->taken, story);
	lua_pair_close(&pair);
}

TEST_F(lua, a_reset_in_any_state_is_read_as_without_a_script)
{
	long users = lua_module_users();
	struct story plain, scripted;
	unsigned int s, w, data;

	for (s = 0; s < ARRAY_SIZE(states); s++) {
		for (w = 0; w < 2 * ARRAY_SIZE(works); w++) {
			const struct work *work = &works[w / 2];
			const struct work none = { .taken = work->taken };

			data = w % 2;
			read_through_reset(_metadata, variant->family, &states[s],
					   &none, data, &plain);
			read_through_reset(_metadata, variant->family, &states[s],
					   work, data, &scripted);
			EXPECT_STREQ(plain.text, scripted.text) {
				TH_LOG("%s", work->body);
			}
		}
	}
	EXPECT_TRUE(nothing_left(users));
}

TEST_F(lua, a_reset_in_any_state_lets_nothing_through_that_is_held)
{
	const struct work hold = { HOLD_ALL };
	long users = lua_module_users();
	struct story story;
	unsigned int s;

	for (s = 0; s < ARRAY_SIZE(states); s++) {
		read_through_reset(_metadata, variant->family, &states[s], &hold,
				   true, &story);
		EXPECT_EQ(NULL, strstr(story.text, " d")) {
			TH_LOG("%s", story.text);
		}
	}
	EXPECT_TRUE(nothing_left(users));
}

/* Of this namespace, as the kernel counts them */
static int sockets_in_time_wait(void)
{
	char text[1024], *at;

	if (lua_read_file("/proc/net/sockstat", text, sizeof(text)))
		return -1;
	at = strstr(text, " tw ");
	return at ? atoi(at + 4) : -1;
}

/* What is left there has nothing of the protocol. */
TEST_F(lua, a_socket_in_time_wait_does_not_keep_the_module)
{
	long users = lua_module_users();
	struct lua_pair pair;

	ASSERT_EQ(0, lua_pair_open(&pair, variant->family));
	ASSERT_EQ(0, lua_judge(pair.fd, "return true, tostring(data)"));
	ASSERT_EQ(0, lua_puts(pair.peer, "data"));
	EXPECT_TRUE(lua_readable(pair.fd));
	ASSERT_EQ(0, fd_ends(&pair) ?: peer_ends(&pair));
	EXPECT_TRUE(comes_to(pair.fd, TCP_CLOSE));
	EXPECT_EQ(1, sockets_in_time_wait());
	EXPECT_STREQ("data", lua_read_text(pair.fd, 0));
	close(pair.fd);
	EXPECT_TRUE(nothing_left(users));
	EXPECT_EQ(1, sockets_in_time_wait());
	close(pair.peer);
}

/* Sending */

static const char * const send_bodies[] = {
	"return true",
	/* holds it back, to the end */
	"more(100) return true",
	"if size < 100 then return true, 0 end return true",
	"return true, tostring(data)",
};

/* What the peer gets does not count, if the script holds it back. */
static void send_through_reset(struct __test_metadata *_metadata, int family,
			       const struct state *state, const char *body,
			       struct story *story)
{
	struct lua_pair pair;

	*story = (struct story){};
	tell(story, "%s", state->name);
	ASSERT_EQ(0, lua_pair_open(&pair, family));
	if (body)
		ASSERT_EQ(0, lua_handle(pair.fd, SS_LUA_HOOK_SEND, body));
	ASSERT_EQ(0, lua_puts(pair.fd, "sent"));
	reach(_metadata, &pair, state);
	reset(_metadata, &pair, state);
	tell_poll(story, pair.fd);
	tell_send(story, pair.fd);
	tell_send(story, pair.fd);
	tell_read(story, pair.fd);
	lua_pair_close(&pair);
}

TEST_F(lua, after_a_reset_in_any_state_sending_fails_as_without_a_script)
{
	long users = lua_module_users();
	struct story plain, scripted;
	unsigned int s, b;

	for (s = 0; s < ARRAY_SIZE(states); s++) {
		send_through_reset(_metadata, variant->family, &states[s], NULL,
				   &plain);
		for (b = 0; b < ARRAY_SIZE(send_bodies); b++) {
			send_through_reset(_metadata, variant->family, &states[s],
					   send_bodies[b], &scripted);
			EXPECT_STREQ(plain.text, scripted.text) {
				TH_LOG("%s", send_bodies[b]);
			}
		}
	}
	EXPECT_TRUE(nothing_left(users));
}

/* Waiting */

/* A child that reads, and ends with why it could not. */
static pid_t start_reader(int fd)
{
	pid_t pid = fork();
	char c;

	if (!pid)
		_exit(recv(fd, &c, 1, 0) < 0 ? errno : 0);
	return pid;
}

/* Without a script there is nothing to read, with one it is held back. */
static int wait_for_reset(struct __test_metadata *_metadata, struct lua_pair *pair,
			  const struct state *state)
{
	int status = -1;
	pid_t pid;

	reach(_metadata, pair, state);
	pid = start_reader(pair->fd);
	usleep(LUA_A_WHILE_MS * 1000);
	EXPECT_EQ(0, state->reset(pair));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	lua_pair_close(pair);
	return WEXITSTATUS(status);
}

TEST_F(lua, a_reset_wakes_who_waits_for_the_script)
{
	long users = lua_module_users();
	struct lua_pair pair;
	unsigned int s;

	for (s = 0; s < ARRAY_SIZE(states); s++) {
		int plain;

		ASSERT_EQ(0, lua_pair_open(&pair, variant->family));
		plain = wait_for_reset(_metadata, &pair, &states[s]);
		/* Nobody waits after the end of the stream. */
		if (!plain)
			continue;
		ASSERT_EQ(0, lua_pair_open(&pair, variant->family));
		ASSERT_EQ(0, lua_judge(pair.fd, HOLD_ALL));
		ASSERT_EQ(0, lua_puts(pair.peer, "held"));
		EXPECT_TRUE(lua_stays_unreadable(pair.fd));
		EXPECT_EQ(plain, wait_for_reset(_metadata, &pair, &states[s])) {
			TH_LOG("%s", states[s].name);
		}
	}
	EXPECT_TRUE(nothing_left(users));
}

/* Beginnings: before there is a connection, or an application has it */

static int send_syn_with_data(int listener, struct lua_pair *pair)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	if (getsockname(listener, (struct sockaddr *)&addr, &len))
		return -errno;
	pair->peer = lua_socket(addr.ss_family);
	if (pair->peer < 0)
		return pair->peer;
	if (peer_is_deaf(pair) ||
	    sendto(pair->peer, "data", 4, MSG_FASTOPEN | MSG_DONTWAIT,
		   (struct sockaddr *)&addr, len) != 4)
		return -errno;
	pair->fd = lua_accept(listener);
	return pair->fd < 0 ? pair->fd : 0;
}

/* TCP Fast Open: the application has the data of a SYN before the handshake is over. */
static const struct state syn_recv = {
	"SYN_RECV", TCP_SYN_RECV, {}, packet_resets,
};

static void read_syn_through_reset(struct __test_metadata *_metadata, int family,
				   const struct work *work, struct story *story)
{
	struct lua_pair pair = { .fd = -1, .peer = -1 };
	int listener = lua_listen(family), queue = 5;

	ASSERT_EQ(0, setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue,
				sizeof(queue)));
	if (work->body)
		ASSERT_EQ(0, lua_judge(listener, work->body));
	ASSERT_EQ(0, send_syn_with_data(listener, &pair));
	reach(_metadata, &pair, &syn_recv);
	tell_reading(_metadata, &pair, &syn_recv, work->taken, story);
	lua_pair_close(&pair);
	close(listener);
}

TEST_F(lua, a_reset_in_syn_recv_is_read_as_without_a_script)
{
	long users = lua_module_users();
	struct story plain, scripted;
	unsigned int w;

	/* Client, server, and no cookies. */
	if (lua_write_file("/proc/sys/net/ipv4/tcp_fastopen", "1543"))
		SKIP(return, "no TCP Fast Open");
	for (w = 0; w < ARRAY_SIZE(works); w++) {
		const struct work none = { .taken = works[w].taken };

		read_syn_through_reset(_metadata, variant->family, &none, &plain);
		read_syn_through_reset(_metadata, variant->family, &works[w],
				       &scripted);
		EXPECT_STREQ(plain.text, scripted.text) {
			TH_LOG("%s", works[w].body);
		}
	}
	EXPECT_TRUE(nothing_left(users));
}

/* Before anybody accepts, it is the listener's, or its handshake is not over. */
static void accept_after_reset(struct __test_metadata *_metadata, int listener,
			       bool deferred, struct story *story)
{
	int seconds = deferred ? 10 : 0, fd;
	struct lua_pair pair = { .fd = -1 };

	*story = (struct story){};
	ASSERT_EQ(0, setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds,
				sizeof(seconds)));
	ASSERT_EQ(0, fcntl(listener, F_SETFL, O_NONBLOCK));
	pair.peer = lua_connect(listener);
	ASSERT_LE(0, pair.peer);
	if (!deferred)
		ASSERT_EQ(0, lua_puts(pair.peer, "data"));
	ASSERT_EQ(0, peer_resets(&pair));
	usleep(LUA_A_WHILE_MS * 1000);
	fd = lua_accept(listener);
	tell(story, "accept '%s'", fd < 0 ? strerror(-fd) : "");
	if (fd >= 0) {
		tell_bytes(story, fd);
		tell_read(story, fd);
	}
	pair.fd = fd;
	lua_pair_close(&pair);
}

TEST_F(lua, a_reset_before_accept_is_as_without_a_script)
{
	static const bool deferred[] = { true, false };
	long users = lua_module_users();
	struct story plain, scripted;
	unsigned int i, w;

	for (i = 0; i < 2 * ARRAY_SIZE(works); i++) {
		int other = lua_listen(variant->family);

		w = i / 2;
		ASSERT_LE(0, other);
		ASSERT_EQ(0, lua_judge(other, works[w].body));
		accept_after_reset(_metadata, self->listener, deferred[i % 2], &plain);
		accept_after_reset(_metadata, other, deferred[i % 2], &scripted);
		EXPECT_STREQ(plain.text, scripted.text) {
			TH_LOG("%s", works[w].body);
		}
		close(other);
	}
	EXPECT_TRUE(nothing_left(users));
}

TEST_F(lua, a_connection_that_is_refused_fails_as_without_a_script)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int fd = lua_socket(variant->family);

	ASSERT_EQ(0, getsockname(self->listener, (struct sockaddr *)&addr,
				 &len));
	close(self->listener);
	self->listener = -1;
	ASSERT_EQ(0, lua_judge(fd, "return true"));
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&addr, len));
	EXPECT_EQ(ECONNREFUSED, errno);
	close(fd);
}

TEST_HARNESS_MAIN
