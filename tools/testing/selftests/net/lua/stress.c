// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that do everything to the same sockets at random: load, set the entry
 * point, read in all ways, write, shut down, disconnect, close, connect again.
 * The kernel must survive it, which KASAN and lockdep watch, and so must the
 * rule: what the script refuses is never read.
 *
 *	LUA_STRESS_SECONDS=10
 *	LUA_STRESS_SEED=1
 *	LUA_STRESS_SCRIPTS=	a folder of *.lua, taken into the mix
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "lua_path.h"
#include "lua_sock.h"

#define THREADS		8
#define SOCKETS		12
#define SCRIPTS_MAX	256
/* A byte that every script of ours refuses */
#define FORBIDDEN	'X'

/* Each refuses FORBIDDEN, wherever it stands. */
#define REFUSE_X "if tostring(data):find('X', 1, true) then return false end\n"

static const char *scripts[SCRIPTS_MAX] = {
	"function process(data, size) " REFUSE_X "return true end",
	"function process(data, size) " REFUSE_X
	"return true, tostring(data) end",
	"function process(data, size) " REFUSE_X
	"return true, (tostring(data):gsub('a', 'aaa')) end",
	"function process(data, size) " REFUSE_X "return true, '' end",
	"function process(data, size) " REFUSE_X
	"if size < 5 then return true, 0 end return true, size // 2 end",
	"function process(data, size) " REFUSE_X
	"n = (n or 0) + 1 if n % 50 == 0 then error('no') end\n"
	"return true end",
	"function process(data, size) " REFUSE_X
	"t = t or {} t[#t + 1] = tostring(data) if #t > 20 then t = nil end\n"
	"return true end",
	"function process(data, size) while true do end end",
	"function process(data, size) return false end",
};

#define SCRIPTS_OURS	9

static unsigned int num_scripts = SCRIPTS_OURS;

/* Foreign scripts may pass anything. */
static bool foreign;

/**
 * struct place - a listener, and a connection through it
 * @lock: of the descriptors' numbers, not of what is done to them
 * @listener: has a script from the start
 * @fd: accepted; -1 while there is none
 * @peer: connected
 */
struct place {
	pthread_mutex_t lock;
	int listener;
	int fd;
	int peer;
};

static struct place places[SOCKETS];
static bool stop;
static unsigned long leaks;
static unsigned long done;

/* A descriptor of one's own, so that close() races with the sockets and not
 * with the numbers.
 */
static int borrow(struct place *place, int *which)
{
	int fd;

	pthread_mutex_lock(&place->lock);
	fd = *which < 0 ? -1 : fcntl(*which, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(&place->lock);
	return fd;
}

static void replace(struct place *place, int *which, int fd)
{
	int old;

	pthread_mutex_lock(&place->lock);
	old = *which;
	*which = fd;
	pthread_mutex_unlock(&place->lock);
	if (old >= 0)
		close(old);
}

static int short_patience(int fd)
{
	struct timeval tv = { .tv_usec = 5000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	return fd;
}

/* What the threads do. @fd is the scripted end, for a while at least. */

static void reconnect(struct place *place, int fd, unsigned int *seed)
{
	int peer, accepted;

	peer = lua_connect(place->listener);
	if (peer < 0)
		return;
	fcntl(place->listener, F_SETFL, O_NONBLOCK);
	accepted = lua_accept(place->listener);
	replace(place, &place->peer, short_patience(peer));
	if (accepted >= 0)
		replace(place, &place->fd, short_patience(accepted));
}

static const char *any_script(unsigned int *seed)
{
	return scripts[rand_r(seed) % num_scripts];
}

static void load(struct place *place, int fd, unsigned int *seed)
{
	lua_attach(fd);
	if (!lua_load(fd, any_script(seed)))
		lua_entry(fd, "process");
}

static void load_listener(struct place *place, int fd, unsigned int *seed)
{
	lua_load(place->listener, any_script(seed));
}

static void rename_entry(struct place *place, int fd, unsigned int *seed)
{
	lua_entry(fd, rand_r(seed) % 4 ? "process" : "nonesuch");
	lua_error(fd);
}

static void read_any_way(struct place *place, int fd, unsigned int *seed)
{
	static const int flags[] = {
		0, MSG_DONTWAIT, MSG_PEEK | MSG_DONTWAIT, MSG_WAITALL,
		MSG_OOB | MSG_DONTWAIT, MSG_PEEK | MSG_WAITALL,
	};
	char buf[4096];
	ssize_t n;

	n = recv(fd, buf, 1 + rand_r(seed) % sizeof(buf),
		 flags[rand_r(seed) % 6]);
	if (n > 0 && memchr(buf, FORBIDDEN, n))
		__atomic_fetch_add(&leaks, 1, __ATOMIC_RELAXED);
}

static void read_by_splice(struct place *place, int fd, unsigned int *seed)
{
	int ends[2], null = open("/dev/null", O_WRONLY);
	char buf[4096];
	ssize_t n;

	if (null < 0 || pipe2(ends, O_CLOEXEC))
		return;
	n = splice(fd, NULL, ends[1], NULL, sizeof(buf),
		   rand_r(seed) % 2 ? SPLICE_F_NONBLOCK : 0);
	if (n > 0)
		n = read(ends[0], buf, sizeof(buf));
	if (n > 0 && memchr(buf, FORBIDDEN, n))
		__atomic_fetch_add(&leaks, 1, __ATOMIC_RELAXED);
	close(ends[0]);
	close(ends[1]);
	close(null);
}

static void ask(struct place *place, int fd, unsigned int *seed)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int n;

	lua_poll(fd, POLLIN | POLLPRI | POLLRDHUP, rand_r(seed) % 5);
	ioctl(fd, SIOCINQ, &n);
	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
}

static void ask_by_epoll(struct place *place, int fd, unsigned int *seed)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int epfd = epoll_create1(EPOLL_CLOEXEC);

	if (rand_r(seed) % 2)
		ev.events |= EPOLLET;
	epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev);
	epoll_wait(epfd, &ev, 1, rand_r(seed) % 10);
	close(epfd);
}

static void write_to(struct place *place, int *which, unsigned int *seed)
{
	int fd = borrow(place, which);
	char bytes[3000];
	size_t len = 1 + rand_r(seed) % sizeof(bytes);

	if (fd < 0)
		return;
	memset(bytes, 'a' + rand_r(seed) % 26, len);
	if (rand_r(seed) % 10 == 0)
		bytes[rand_r(seed) % len] = FORBIDDEN;
	send(fd, bytes, len, MSG_NOSIGNAL |
	     (rand_r(seed) % 20 ? 0 : MSG_OOB));
	close(fd);
}

static void send_to_script(struct place *place, int fd, unsigned int *seed)
{
	write_to(place, &place->peer, seed);
}

static void send_back(struct place *place, int fd, unsigned int *seed)
{
	write_to(place, &place->fd, seed);
}

static void shut_down(struct place *place, int fd, unsigned int *seed)
{
	shutdown(fd, rand_r(seed) % 3);
}

static void disconnect(struct place *place, int fd, unsigned int *seed)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	connect(fd, &none, sizeof(none));
}

static void close_end(struct place *place, int fd, unsigned int *seed)
{
	struct linger now = { .l_onoff = 1 };

	if (rand_r(seed) % 2)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	replace(place, rand_r(seed) % 2 ? &place->fd : &place->peer, -1);
}

/* How often of a hundred */
static const struct {
	void (*act)(struct place *place, int fd, unsigned int *seed);
	int weight;
} acts[] = {
	{ reconnect, 8 },
	{ load, 6 },
	{ load_listener, 3 },
	{ rename_entry, 3 },
	{ read_any_way, 26 },
	{ read_by_splice, 6 },
	{ ask, 10 },
	{ ask_by_epoll, 6 },
	{ send_to_script, 24 },
	{ send_back, 3 },
	{ shut_down, 1 },
	{ disconnect, 1 },
	{ close_end, 3 },
};

static void act(unsigned int *seed)
{
	struct place *place = &places[rand_r(seed) % SOCKETS];
	int dice = rand_r(seed) % 100;
	unsigned int i = 0;
	int fd;

	while (i < ARRAY_SIZE(acts) - 1 && dice >= acts[i].weight)
		dice -= acts[i++].weight;
	fd = borrow(place, &place->fd);
	if (fd >= 0 || acts[i].act == reconnect)
		acts[i].act(place, fd, seed);
	if (fd >= 0)
		close(fd);
	__atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
}

static void *run(void *arg)
{
	unsigned int seed = (long)arg;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		act(&seed);
	return NULL;
}

static long number(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? atol(text) : otherwise;
}

static void add_scripts(const char *folder)
{
	char pattern[256], *text;
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/*.lua", folder);
	if (glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc && num_scripts < SCRIPTS_MAX; i++) {
		text = calloc(1, 65536);
		if (text && !lua_read_file(found.gl_pathv[i], text, 65536))
			scripts[num_scripts++] = text;
	}
	foreign = true;
	globfree(&found);
}

static void open_places(struct __test_metadata *_metadata)
{
	int i;

	for (i = 0; i < SOCKETS; i++) {
		pthread_mutex_init(&places[i].lock, NULL);
		places[i].fd = -1;
		places[i].peer = -1;
		places[i].listener = lua_listen(i % 2 ? AF_INET6 : AF_INET);
		ASSERT_LE(0, places[i].listener);
		ASSERT_EQ(0, lua_script(places[i].listener,
					scripts[i % SCRIPTS_OURS]));
	}
}

TEST(nothing_that_is_refused_is_read_whatever_threads_do)
{
	long seconds = number("LUA_STRESS_SECONDS", 10);
	long seed = number("LUA_STRESS_SEED", 1);
	pthread_t threads[THREADS];
	long i;

	if (getenv("LUA_STRESS_SCRIPTS"))
		add_scripts(getenv("LUA_STRESS_SCRIPTS"));
	ASSERT_EQ(0, lua_own_network());
	open_places(_metadata);
	/* More calls in the same time */
	ASSERT_EQ(0, lua_write_file("/proc/sys/net/lua/max_instructions",
				    "100000"));
	TH_LOG("seed %ld, %u scripts", seed, num_scripts);
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, run,
					    (void *)(seed * 1000 + i)));
	sleep(seconds);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < SOCKETS; i++) {
		replace(&places[i], &places[i].fd, -1);
		replace(&places[i], &places[i].peer, -1);
		close(places[i].listener);
	}
	TH_LOG("%lu acts, %ld calls of scripts, %ld refusals", done,
	       lua_counter("LuaCalls"), lua_counter("LuaRefused"));
	EXPECT_LT(0, lua_counter("LuaCalls"));
	/* A foreign script may pass what ours refuse. */
	if (!foreign)
		EXPECT_EQ(0, leaks);
}

TEST_HARNESS_MAIN
