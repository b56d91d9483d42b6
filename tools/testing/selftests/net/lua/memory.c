// SPDX-License-Identifier: GPL-2.0
/*
 * Windows and memory: what the script drops or replaces is acknowledged and
 * freed as what is read, and what it holds back is no more than the receive
 * buffer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/wait.h>

#include "lua_families.h"
#include "lua_path.h"

/* Megabytes of a long stream; LUA_STREAM_MB= for another number */
#define STREAM_MB	16

/* net.core.mem_pcpu_rsv: pages that each CPU keeps for later */
#define PAGES_OF_CPUS	(256 * sysconf(_SC_NPROCESSORS_ONLN))

/* Pages that TCP has, of all namespaces. */
static long tcp_pages(void)
{
	FILE *file = fopen("/proc/net/sockstat", "r");
	char line[256];
	long pages = -1;
	char *mem;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		mem = strstr(line, "mem ");
		if (!strncmp(line, "TCP:", 4) && mem)
			pages = atol(mem + 4);
	}
	fclose(file);
	return pages;
}

static long meminfo(int fd, int which)
{
	__u32 info[SK_MEMINFO_VARS] = {};
	socklen_t len = sizeof(info);

	return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) ? -1 :
	       info[which];
}

static struct tcp_info tcp_info(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	return info;
}

static void send_much(struct lua_pair *pair, long len)
{
	static char bytes[65536];

	pair->sender = fork();
	if (pair->sender)
		return;
	close(pair->fd);
	for (; len > 0; len -= sizeof(bytes))
		if (lua_put(pair->peer, bytes, sizeof(bytes)))
			_exit(1);
	shutdown(pair->peer, SHUT_WR);
	_exit(0);
}

/* Bytes to the end, or a negative error */
static long read_all(int fd)
{
	static char buf[262144];
	long got = 0;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		got += n;
	return n < 0 ? -errno : got;
}

/* Which verdicts there are, and whether what was sent comes out */
static const struct {
	const char *body;
	bool comes;
} flows[] = {
	{ "return true", true },
	{ "return true, size > 4096 and size & ~4095 or size", true },
	{ "return true, data", true },
	{ "return true, ''", false },
	{ "return drop", false },
	{ "return drop, size > 4096 and size & ~4095 or size", false },
	{ "n = (n or 0) + 1\n"
	  "if n % 2 == 0 then return true end\n"
	  "return true, data", true },
};

static long stream_len(void)
{
	const char *mb = getenv("LUA_STREAM_MB");

	return (mb ? atol(mb) : STREAM_MB) * 1024 * 1024;
}

/* A script may be given a whole receive buffer, and copy it. */
static void raise_limits(struct __test_metadata *_metadata,
			 FIXTURE_DATA(lua) *self,
			 const FIXTURE_VARIANT(lua) *variant)
{
	ASSERT_EQ(0, lua_own_network());
	lua_pair_close(&self->pair);
	close(self->listener);
	self->listener = lua_listen(variant->family);
	ASSERT_EQ(0, lua_pair_accept(&self->pair, self->listener));
	/* Its sysctls come with it. */
	ASSERT_EQ(0, lua_attach(self->pair.peer));
	ASSERT_EQ(0, lua_write_file("/proc/sys/net/lua/max_memory",
				    "67108864"));
	ASSERT_EQ(0, lua_write_file("/proc/sys/net/lua/max_instructions",
				    "100000000"));
}

/* Sockets give back what they do not need when they end, and CPUs keep some. */
static bool pages_return_to(long pages)
{
	int ms;

	for (ms = 0; ms < LUA_PATIENCE_MS; ms += 100) {
		if (tcp_pages() - pages <= PAGES_OF_CPUS)
			return true;
		usleep(100 * 1000);
	}
	return false;
}

/* Autotuning: the window follows the reader. And when all is read, there is nothing
 * that grows with what there was.
 */
TEST_F(lua, a_long_stream_opens_the_window_and_leaves_nothing)
{
	const long len = stream_len();
	unsigned int i;

	raise_limits(_metadata, self, variant);
	for (i = 0; i < ARRAY_SIZE(flows); i++) {
		struct tcp_info first, last;
		struct ss_lua_info info;
		long pages;

		JUDGED_BY(flows[i].body);
		pages = tcp_pages();
		first = tcp_info(self->pair.fd);
		send_much(&self->pair, len);
		EXPECT_EQ(flows[i].comes ? len : 0, read_all(self->pair.fd)) {
			TH_LOG("%s: %s", flows[i].body,
			       lua_error(self->pair.fd));
		}
		last = tcp_info(self->pair.fd);
		EXPECT_EQ(0, meminfo(self->pair.fd, SK_MEMINFO_RMEM_ALLOC));
		/* How far depends on the pace; it stays if no byte counts. */
		EXPECT_LT(first.tcpi_rcv_space, last.tcpi_rcv_space) {
			TH_LOG("%s", flows[i].body);
		}
		info = lua_info_of(self->pair.fd);
		EXPECT_EQ(len, info.bytes_passed + info.bytes_dropped +
			       info.bytes_replaced);
		/* A state keeps garbage for a while, less than it may have. */
		TH_LOG("flow %u: %ld MB in %lld calls, then the state has %lld bytes",
		       i, len >> 20, (long long)info.calls, (long long)info.memory);
		lua_pair_close(&self->pair);
		EXPECT_TRUE(pages_return_to(pages)) {
			TH_LOG("%s: %ld pages before, %ld after",
			       flows[i].body, pages, tcp_pages());
		}
	}
}

TEST_F(lua, memory_returns_to_what_it_was)
{
	unsigned int i, round;
	long before;

	raise_limits(_metadata, self, variant);
	lua_pair_close(&self->pair);
	before = tcp_pages();
	ASSERT_LE(0, before);
	for (i = 0; i < ARRAY_SIZE(flows); i++) {
		ASSERT_EQ(0, lua_judge(self->listener, flows[i].body));
		for (round = 0; round < 4; round++) {
			struct lua_pair pair;

			ASSERT_EQ(0, lua_pair_accept(&pair, self->listener));
			send_much(&pair, 2 * 1024 * 1024);
			/* Half of them are left with data unread. */
			if (round % 2)
				read_all(pair.fd);
			else
				lua_readable(pair.fd);
			close(pair.fd);
			pair.fd = -1;
			lua_pair_close(&pair);
		}
	}
	EXPECT_TRUE(pages_return_to(before));
}

/* How long segments are, and how much the script waits for */
static const struct {
	int maxseg;
	long len;
} held[] = {
	{ 0, 3 << 20 },
	{ 1000, 1 << 20 },
};

/* One view over as many buffers as there are, every byte of it. What can be held is
 * what fits into the largest window.
 */
TEST_F(lua, a_script_may_look_at_megabytes_at_once)
{
	char script[512];
	unsigned int i;

	raise_limits(_metadata, self, variant);
	ASSERT_EQ(0, lua_write_file("/proc/sys/net/ipv4/tcp_rmem",
				    "4096 131072 16777216"));
	for (i = 0; i < ARRAY_SIZE(held); i++) {
		close(self->listener);
		self->listener = lua_listen(variant->family);
		if (held[i].maxseg)
			ASSERT_EQ(0, setsockopt(self->listener, IPPROTO_TCP, TCP_MAXSEG,
						&held[i].maxseg, sizeof(held[i].maxseg)));
		snprintf(script, sizeof(script),
			 "if size < %ld then return true, 0 end\n"
			 "local zeros = ('\\0'):rep(4096)\n"
			 "for i = 0, size - 4096, 4096 do\n"
			 "if tostring(data:segment(i, 4096)) ~= zeros then return false end\n"
			 "end return true, 'seen'", held[i].len);
		JUDGED_BY(script);
		send_much(&self->pair, held[i].len);
		EXPECT_STREQ("seen", lua_read_text(self->pair.fd, 0)) {
			TH_LOG("%ld bytes in segments of %d: %s", held[i].len,
			       held[i].maxseg, lua_error(self->pair.fd));
		}
	}
}

/* Stalled scripts */

#define RMEM_MAX	(512 * 1024)

/* Send until the peer takes no more. Returns how much it was. */
static long fill(int fd)
{
	static char bytes[16384];
	long sent = 0;
	int tries = 0;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	/* A full buffer of the sender's may still drain: look again. */
	while (tries < 20) {
		ssize_t n = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);

		if (n > 0) {
			sent += n;
			tries = 0;
		} else {
			tries++;
			usleep(20 * 1000);
		}
	}
	return sent;
}

static const char * const stalls[] = {
	"return true, 0",
	"if size < 10000 then return true, size // 2 end return true, 0",
};

TEST_F(lua, a_stalled_script_closes_the_window_and_goes_on)
{
	unsigned int i;

	ASSERT_EQ(0, lua_own_network());
	ASSERT_EQ(0, lua_write_file("/proc/sys/net/ipv4/tcp_rmem",
				    "4096 131072 524288"));
	ASSERT_EQ(0, lua_write_file("/proc/sys/net/ipv4/tcp_wmem",
				    "4096 131072 524288"));
	close(self->listener);
	self->listener = lua_listen(variant->family);
	for (i = 0; i < ARRAY_SIZE(stalls); i++) {
		long sent, queued;
		pid_t pid;

		JUDGED_BY(stalls[i]);
		/* The one who asks keeps the script informed. */
		pid = fork();
		if (!pid)
			_exit(lua_poll(self->pair.fd, POLLIN, 60000));
		sent = fill(self->pair.peer);
		queued = meminfo(self->pair.fd, SK_MEMINFO_RMEM_ALLOC);
		EXPECT_LT(0, queued);
		EXPECT_GE(2 * RMEM_MAX, queued);
		EXPECT_GT(65536, tcp_info(self->pair.peer).tcpi_snd_wnd) {
			TH_LOG("%s: sent %ld, queued %ld", stalls[i], sent,
			       queued);
		}
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);

		ASSERT_EQ(0, lua_judge(self->pair.fd, "return true"));
		ASSERT_EQ(0, shutdown(self->pair.peer, SHUT_WR));
		EXPECT_EQ(sent, read_all(self->pair.fd)) {
			TH_LOG("%s: %s", stalls[i], lua_error(self->pair.fd));
		}
		EXPECT_EQ(0, meminfo(self->pair.fd, SK_MEMINFO_RMEM_ALLOC));
	}
}

TEST_HARNESS_MAIN
