// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "lua_acts.h"
#include "lua_sock.h"

#ifndef MSG_SPLICE_PAGES
#define MSG_SPLICE_PAGES	0x8000000
#endif
#ifndef TCP_REPAIR_OFF_NO_WP
#define TCP_REPAIR_OFF_NO_WP	-1
#endif
#ifndef SOCK_DESTROY
#define SOCK_DESTROY		21
#endif

/* Where a listener, what it has accepted, what has connected, and others are. Behind
 * all that the threads use for themselves.
 */
enum { LISTENER, ACCEPTED, CONNECTED, OTHER, ROLES };

#define PLACES		4
#define FIRST_FD	400

/* A worker's memory; the longest value of an option is longer than a script may be. */
#define ARENA		(128 * 1024)
#define PAGE		4096

#define ANY(w, table)	((table)[roll(w, ARRAY_SIZE(table))])

static unsigned int roll(struct lua_worker *w, unsigned int sides)
{
	return lua_roll(&w->dice, sides);
}

static bool once_in(struct lua_worker *w, unsigned int sides)
{
	return !roll(w, sides);
}

long lua_microseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

long lua_seconds(void)
{
	return lua_microseconds() / 1000000;
}

void lua_board_say(struct lua_board *board, const char *format, ...)
{
	unsigned int n = __atomic_fetch_add(&board->failures, 1, __ATOMIC_RELAXED);
	va_list args;

	if (n >= ARRAY_SIZE(board->said))
		return;
	va_start(args, format);
	vsnprintf(board->said[n], sizeof(board->said[n]), format, args);
	va_end(args);
}

static long result(long n)
{
	return n < 0 ? -errno : n;
}

/* Descriptors */

static int at(unsigned int place, unsigned int role)
{
	return FIRST_FD + place * ROLES + role;
}

static int any_fd(struct lua_worker *w)
{
	static const unsigned char roles[] = {
		ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, CONNECTED, CONNECTED, CONNECTED,
		LISTENER, OTHER,
	};
	int fd = at(roll(w, PLACES), ANY(w, roles));

	if (w->only)
		return w->only;
	return once_in(w, 200) ? -1 : fd;
}

/* In the place of what is there */
static long settle(int fd, int where)
{
	if (fd < 0)
		return -errno;
	dup3(fd, where, O_CLOEXEC);
	close(fd);
	return 0;
}

void lua_acts_close_all(void)
{
	int fd;

	for (fd = FIRST_FD; fd < at(PLACES, 0); fd++)
		close(fd);
	/* The end of a Unix socket is what makes the kernel look for lost messages. */
	close(socket(AF_UNIX, SOCK_DGRAM, 0));
}

/* No call waits for longer than that, nor for ever. */
static void be_impatient(struct lua_worker *w, int fd)
{
	struct timeval tv = { .tv_usec = 1000 + 1000 * roll(w, 20) };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

static int new_socket(struct lua_worker *w)
{
	int fd = socket(once_in(w, 2) ? AF_INET6 : AF_INET, SOCK_STREAM |
			(once_in(w, 4) ? SOCK_NONBLOCK : 0), 0);

	be_impatient(w, fd);
	return fd;
}

/* Places in memory */

static char *arena(struct lua_worker *w)
{
	return w->edge - ARENA;
}

/* Mostly room for so many bytes, up to a page that is not there */
static void *somewhere(struct lua_worker *w, size_t len)
{
	switch (roll(w, 40)) {
	case 0:
		return NULL;
	case 1:
		return w->edge;
	case 2:
		return w->edge - len / 2;
	case 3:
		return (void *)-PAGE;
	case 4:
		return w->fixed;
	case 5:
		return (void *)(uintptr_t)0xdead000000000000;
	default:
		return len <= ARENA ? w->edge - len : arena(w);
	}
}

/* Bytes to send */
static void *something(struct lua_worker *w, size_t len)
{
	lua_random_bytes(&w->dice, w->edge - len, len);
	return somewhere(w, len);
}

static size_t some_length(struct lua_worker *w)
{
	static const unsigned int most[] = { 2, 20, 200, 200, 2000, 2000, 8000, 70000 };

	return roll(w, ANY(w, most));
}

/* A length that is mostly @len */
static socklen_t near_length(struct lua_worker *w, socklen_t len)
{
	static const int others[] = {
		0, 1, 3, 4, 5, 8, 63, 64, 65, 68, 255, 256, 4095, 4096, 4097, 65535,
		65536, 65537, -1, INT_MIN, INT_MAX,
	};

	switch (roll(w, 6)) {
	case 0:
		return ANY(w, others);
	case 1:
		return len + roll(w, 5) - 2;
	default:
		return len;
	}
}

/* The options of SOL_LUA, and what the manual says that they fail with. On a socket
 * without the protocol: ENOPROTOOPT, EOPNOTSUPP. Without a socket: EBADF.
 */
#define LOADING	EINVAL, ENOENT, EMSGSIZE, ENOMEM, ENOBUFS, ETIME, EOVERFLOW

static const struct documented {
	int option;
	int set[10];
	int get[4];
} documented[] = {
	{ SS_LUA_LOADSCRIPT, { LOADING }, { EMSGSIZE } },
	{ SS_LUA_ENTRYPOINT, { LOADING }, { } },
	{ SS_LUA_ERROR, { }, { } },
	{ SS_LUA_HOOK, { LOADING }, { EINVAL } },
	{ SS_LUA_ONERROR, { ENOMEM }, { } },
	{ SS_LUA_LIMITS, { ERANGE, E2BIG, ENOMEM }, { } },
	{ SS_LUA_LOG, { }, { ENOMEM } },
	{ SS_LUA_INFO, { }, { } },
};

static bool any_option_fails_with(int err)
{
	return err == ENOPROTOOPT || err == EFAULT || err == EINVAL || err == EBADF;
}

static bool is_in(const int *errors, size_t num, int err)
{
	size_t i;

	for (i = 0; i < num; i++)
		if (errors[i] == err)
			return true;
	return false;
}

static bool is_documented(int option, bool set, int err)
{
	const struct documented *d;

	if (any_option_fails_with(err))
		return true;
	if (!set && err == EOPNOTSUPP)
		return true;
	for (d = documented; d < documented + ARRAY_SIZE(documented); d++)
		if (d->option == option)
			return set ? is_in(d->set, ARRAY_SIZE(d->set), err) :
				     is_in(d->get, ARRAY_SIZE(d->get), err);
	return false;
}

static long check_option(struct lua_worker *w, int option, bool set, socklen_t len, long ret)
{
	bool good = ret >= 0 || is_documented(option, set, -ret);

	if (set && w->is_nobody)
		good = ret < 0 && (ret == -EPERM || any_option_fails_with(-ret));
	if (!good)
		lua_board_say(w->board, "thread %u call %lu%s: %s of option %d, length %d: %s",
			      w->number, w->call, w->is_child ? " (child)" : "",
			      set ? "set" : "get", option, (int)len,
			      ret < 0 ? strerror(-ret) : "succeeded without privilege");
	return ret;
}

static int any_option(struct lua_worker *w)
{
	static const int others[] = { 0, -1, SS_LUA_INFO + 1, INT_MIN, INT_MAX };

	return once_in(w, 20) ? ANY(w, others) : 1 + (int)roll(w, SS_LUA_INFO);
}

/* At the end of the arena, as if it had that length. Returns where. */
static void *lay(struct lua_worker *w, const void *value, size_t len, socklen_t claimed)
{
	char *to;

	if (claimed > ARENA || once_in(w, 16))
		return somewhere(w, claimed > ARENA ? ARENA : claimed);
	to = w->edge - claimed;
	memset(to, once_in(w, 4) ? 0x5a : 0, claimed);
	memcpy(to, value, len < claimed ? len : claimed);
	return to;
}

static long set_lua(struct lua_worker *w, int fd, int option, const void *value,
		    size_t len, socklen_t claimed)
{
	return check_option(w, option, true, claimed,
			    result(setsockopt(fd, SOL_LUA, option,
					      lay(w, value, len, claimed), claimed)));
}

static size_t any_name(struct lua_worker *w, unsigned int hook, char *name)
{
	static const char * const names[] = {
		"", "print", "nonesuch", "kept", "process", "send", "close", "a\0b",
		"string.find", "0123456789012345678901234567890123456789012345678901234567890123",
	};
	const char *from = hook < __SS_LUA_HOOK_MAX ? lua_random_hooks[hook] : "process";
	size_t len;

	if (once_in(w, 5))
		from = ANY(w, names);
	len = strlen(from) + once_in(w, 2);
	if (len > SS_LUA_NAME_MAX)
		len = SS_LUA_NAME_MAX;
	memcpy(name, from, len);
	return len;
}

static long set_hook(struct lua_worker *w, int fd, unsigned int which)
{
	struct ss_lua_hook hook = { .hook = which };
	size_t len = any_name(w, which, hook.name);

	len += offsetof(struct ss_lua_hook, name);
	if (len > sizeof(hook) || once_in(w, 2))
		len = sizeof(hook);
	return set_lua(w, fd, SS_LUA_HOOK, &hook, len, near_length(w, len));
}

static long set_limits(struct lua_worker *w, int fd)
{
	static const uint64_t instructions[] = {
		0, 0, 0, 999, 1000, 3000, 20000, 100000, 1000000, 1000001, ~0ULL,
	};
	static const uint64_t memory[] = {
		0, 0, 0, 32767, 32768, 50000, 200000, 1048576, 1048577, ~0ULL,
	};
	struct ss_lua_limits limits = {
		.max_instructions = ANY(w, instructions),
		.max_memory = ANY(w, memory),
	};

	return set_lua(w, fd, SS_LUA_LIMITS, &limits, sizeof(limits),
		       near_length(w, sizeof(limits)));
}

static long load_garbage(struct lua_worker *w, int fd)
{
	char text[LUA_RANDOM_SCRIPT_MAX];
	size_t len = lua_random_garbage(&w->dice, text);

	return set_lua(w, fd, SS_LUA_LOADSCRIPT, text, len, near_length(w, len));
}

static long set_option(struct lua_worker *w)
{
	static const int values[] = { 0, 1, 1, 2, -1, INT_MIN };
	int option = any_option(w), fd = any_fd(w), value = ANY(w, values);
	char name[SS_LUA_NAME_MAX];
	size_t len;

	switch (option) {
	case SS_LUA_LOADSCRIPT:
		return load_garbage(w, fd);
	case SS_LUA_ENTRYPOINT:
		len = any_name(w, SS_LUA_HOOK_RECEIVE, name);
		return set_lua(w, fd, option, name, len, near_length(w, len));
	case SS_LUA_HOOK:
		return set_hook(w, fd, roll(w, __SS_LUA_HOOK_MAX + 2));
	case SS_LUA_LIMITS:
		return set_limits(w, fd);
	default:
		return set_lua(w, fd, option, &value, sizeof(value),
			       near_length(w, sizeof(value)));
	}
}

static long get_option(struct lua_worker *w)
{
	static const socklen_t sizes[] = { 1, 4, 16, 64, 68, 256, 4096, ARENA };
	int option = any_option(w), fd = any_fd(w);
	socklen_t len = near_length(w, ANY(w, sizes)), claimed = len;
	socklen_t *where = once_in(w, 30) ? somewhere(w, sizeof(len)) : &len;
	uint32_t hook = roll(w, __SS_LUA_HOOK_MAX + 1);

	return check_option(w, option, false, claimed,
			    result(getsockopt(fd, SOL_LUA, option,
					      lay(w, &hook, sizeof(hook), claimed), where)));
}

static long attach_to(struct lua_worker *w, int fd)
{
	static const int errors[] = {
		EPERM, EEXIST, EBUSY, EINVAL, EFAULT, EBADF,
	};
	long err = lua_attach(fd);

	if (err && !is_in(errors, ARRAY_SIZE(errors), -err))
		lua_board_say(w->board, "thread %u call %lu: attaching: %s", w->number,
			      w->call, strerror(-err));
	return err;
}

/* A script whose hooks are there, and judge */
static long load_into(struct lua_worker *w, int fd)
{
	char text[LUA_RANDOM_SCRIPT_MAX];
	size_t len = lua_random_script(&w->dice, text);
	struct ss_lua_hook hook = { };
	unsigned int which;
	long err;

	attach_to(w, fd);
	err = set_lua(w, fd, SS_LUA_LOADSCRIPT, text, len, len);
	for (which = 0; which < __SS_LUA_HOOK_MAX; which++) {
		if (which == SS_LUA_HOOK_RECEIVE ? once_in(w, 8) : roll(w, 3))
			continue;
		hook.hook = which;
		snprintf(hook.name, sizeof(hook.name), "%s", lua_random_hooks[which]);
		set_lua(w, fd, SS_LUA_HOOK, &hook, sizeof(hook), sizeof(hook));
	}
	return err;
}

static long load(struct lua_worker *w)
{
	return load_into(w, any_fd(w));
}

static long attach(struct lua_worker *w)
{
	static const char * const names[] = {
		"lua", "lua\0x", "nonesuch", "", "tls", "tls", "mptcp", "lua ",
		"a name that is longer than any protocol may have",
	};
	int fd = any_fd(w);
	const char *name;

	/* For others the kernel looks for a module, which takes a process. */
	if (roll(w, 12))
		return attach_to(w, fd);
	name = ANY(w, names);
	return result(setsockopt(fd, IPPROTO_TCP, TCP_ULP, lay(w, name, strlen(name), 8),
				 near_length(w, 8)));
}

/* Making and ending connections */

static long open_socket(struct lua_worker *w)
{
	int fd = new_socket(w);

	if (once_in(w, 2))
		attach_to(w, fd);
	if (once_in(w, 2))
		load_into(w, fd);
	return settle(fd, once_in(w, 3) ? any_fd(w) : at(roll(w, PLACES), OTHER));
}

static void bind_to_loopback(int fd)
{
	struct sockaddr_storage addr;
	int family = AF_INET;
	socklen_t len = sizeof(family);

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
	len = lua_loopback(family, &addr);
	bind(fd, (struct sockaddr *)&addr, len);
}

static long open_listener_at(struct lua_worker *w, int where)
{
	int fd = new_socket(w);

	bind_to_loopback(fd);
	if (once_in(w, 2))
		load_into(w, fd);
	listen(fd, roll(w, 16));
	if (once_in(w, 2))
		load_into(w, fd);
	return settle(fd, where);
}

static long open_listener(struct lua_worker *w)
{
	return open_listener_at(w, at(roll(w, PLACES), LISTENER));
}

static long listen_here(struct lua_worker *w)
{
	int fd = any_fd(w);

	bind_to_loopback(fd);
	return result(listen(fd, (int)roll(w, 8) - 1));
}

static long take_connection(struct lua_worker *w, int from, int to)
{
	/* With the listener's patience */
	return settle(accept4(from, NULL, NULL, once_in(w, 3) ? SOCK_NONBLOCK : 0), to);
}

static long accept_one(struct lua_worker *w)
{
	int place = roll(w, PLACES);

	return take_connection(w, once_in(w, 8) ? any_fd(w) : at(place, LISTENER),
			       at(place, ACCEPTED));
}

/* Both ends, mostly */
static long make_pair(struct lua_worker *w)
{
	int place = roll(w, PLACES), listener = at(place, LISTENER);
	struct sockaddr_storage addr = { };
	socklen_t len = sizeof(addr);
	int fd;

	if (getsockname(listener, (struct sockaddr *)&addr, &len)) {
		open_listener_at(w, listener);
		getsockname(listener, (struct sockaddr *)&addr, &len);
	}
	fd = socket(addr.ss_family == AF_INET6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	be_impatient(w, fd);
	if (once_in(w, 4))
		load_into(w, fd);
	connect(fd, (struct sockaddr *)&addr, len);
	settle(fd, at(place, CONNECTED));
	if (once_in(w, 8))
		return 0;
	return take_connection(w, listener, at(place, ACCEPTED));
}

static socklen_t any_address(struct lua_worker *w, struct sockaddr_storage *addr)
{
	struct sockaddr_in *in = (void *)addr;
	socklen_t len = sizeof(*addr);

	switch (roll(w, 6)) {
	case 0:
		len = lua_loopback(AF_INET, addr);
		in->sin_port = htons(1);
		return len;
	case 1:
		len = lua_loopback(roll(w, 20), addr);
		in->sin_addr.s_addr = 0;
		return len;
	default:
		memset(addr, 0, sizeof(*addr));
		getsockname(at(roll(w, PLACES), LISTENER), (struct sockaddr *)addr, &len);
		return len;
	}
}

static long connect_somewhere(struct lua_worker *w)
{
	struct sockaddr_storage addr;
	socklen_t len = any_address(w, &addr);
	int fd = any_fd(w);

	if (once_in(w, 2))
		settle(new_socket(w), fd);
	return result(connect(fd, (struct sockaddr *)&addr, len));
}

static long disconnect(struct lua_worker *w)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	return result(connect(any_fd(w), &none, sizeof(none)));
}

static long shut_down(struct lua_worker *w)
{
	return result(shutdown(any_fd(w), roll(w, 4)));
}

static long close_one(struct lua_worker *w)
{
	struct linger linger = { .l_onoff = 1, .l_linger = once_in(w, 40) };
	int fd = any_fd(w);

	if (once_in(w, 3))
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	return result(close(fd));
}

static long duplicate(struct lua_worker *w)
{
	int from = any_fd(w), to = any_fd(w);

	return result(dup3(from, to, O_CLOEXEC));
}

/* The last reference on a socket may be in a message that nobody receives; and if that
 * is in a queue that nobody can reach, a worker of the kernel closes it.
 */
static long lose_in_a_message(struct lua_worker *w)
{
	int fd = any_fd(w), ends[2];
	long err;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends))
		return -errno;
	err = lua_send_fd(ends[0], fd);
	if (once_in(w, 2))
		lua_send_fd(ends[0], ends[1]);
	if (once_in(w, 2))
		close(fd);
	close(ends[1]);
	close(ends[0]);
	return err;
}

/* Ends it as ss -K does. */
static long destroy(struct lua_worker *w)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 req;
	} msg = {
		.nlh = { sizeof(msg), SOCK_DESTROY, NLM_F_REQUEST },
		.req = { .sdiag_protocol = IPPROTO_TCP },
	};
	struct sockaddr_in6 ours = { }, theirs = { };
	struct inet_diag_sockid *id = &msg.req.id;
	socklen_t len = sizeof(ours);
	int fd = any_fd(w), netlink;
	bool six;
	long n;

	getsockname(fd, (struct sockaddr *)&ours, &len);
	len = sizeof(theirs);
	getpeername(fd, (struct sockaddr *)&theirs, &len);
	six = ours.sin6_family == AF_INET6;
	msg.req.sdiag_family = ours.sin6_family;
	id->idiag_sport = ours.sin6_port;
	id->idiag_dport = theirs.sin6_port;
	memcpy(id->idiag_src, six ? (void *)&ours.sin6_addr :
	       (void *)&((struct sockaddr_in *)&ours)->sin_addr, six ? 16 : 4);
	memcpy(id->idiag_dst, six ? (void *)&theirs.sin6_addr :
	       (void *)&((struct sockaddr_in *)&theirs)->sin_addr, six ? 16 : 4);
	memset(id->idiag_cookie, 0xff, sizeof(id->idiag_cookie));
	netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	n = result(send(netlink, &msg, sizeof(msg), 0));
	close(netlink);
	return n;
}

/* Sending */

static int send_flags(struct lua_worker *w)
{
	static const int flags[] = {
		0, 0, 0, MSG_DONTWAIT, MSG_MORE, MSG_OOB, MSG_EOR, MSG_ZEROCOPY,
		MSG_ZEROCOPY | MSG_DONTWAIT, MSG_OOB | MSG_MORE, MSG_SPLICE_PAGES, ~MSG_FASTOPEN,
	};

	return ANY(w, flags) | MSG_NOSIGNAL;
}

static long send_bytes(struct lua_worker *w)
{
	size_t len = some_length(w);

	return result(send(any_fd(w), something(w, len), len, send_flags(w)));
}

static void cut(struct lua_worker *w, struct iovec *iov, size_t num, size_t len, bool bad)
{
	char *from = w->edge - len;
	size_t i, n;

	for (i = 0; i < num; i++) {
		n = i == num - 1 ? len : roll(w, len + 1);
		iov[i].iov_base = bad ? somewhere(w, n) : from;
		iov[i].iov_len = n;
		from += n;
		len -= n;
	}
}

static long send_pieces(struct lua_worker *w)
{
	struct sockaddr_storage addr;
	size_t len = some_length(w);
	struct mmsghdr msgs[2] = { };
	struct iovec iov[4];
	int fd = any_fd(w), flags = send_flags(w);

	something(w, len);
	cut(w, iov, 4, len, once_in(w, 10));
	if (once_in(w, 3))
		return result(writev(fd, iov, 4));
	msgs[0].msg_hdr = (struct msghdr){ .msg_iov = iov, .msg_iovlen = 2 };
	msgs[1].msg_hdr = (struct msghdr){ .msg_iov = iov + 2, .msg_iovlen = 2 };
	if (once_in(w, 4)) {
		flags |= MSG_FASTOPEN;
		msgs[0].msg_hdr.msg_namelen = any_address(w, &addr);
		msgs[0].msg_hdr.msg_name = &addr;
	}
	return result(sendmmsg(fd, msgs, 1 + roll(w, 2), flags));
}

static long send_file(struct lua_worker *w)
{
	off_t offset = roll(w, 60000);

	return result(sendfile(any_fd(w), w->file, &offset, some_length(w)));
}

static long splice_in(struct lua_worker *w)
{
	size_t len = some_length(w);
	struct iovec iov = { w->edge - len, len };
	int fd = any_fd(w);
	long n;

	something(w, len);
	n = once_in(w, 2) ? vmsplice(w->ends[1], &iov, 1, SPLICE_F_NONBLOCK) :
			    write(w->ends[1], iov.iov_base, len);
	if (n > 0)
		n = splice(w->ends[0], NULL, fd, NULL, 1 + roll(w, n),
			   once_in(w, 2) ? SPLICE_F_MORE : SPLICE_F_NONBLOCK);
	n = result(n);
	/* What is left would be the next call's. */
	while (read(w->ends[0], arena(w), ARENA) > 0)
		;
	return n;
}

/* Reading */

static int receive_flags(struct lua_worker *w)
{
	static const int flags[] = {
		MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL, MSG_TRUNC, MSG_OOB, MSG_ERRQUEUE,
		MSG_CMSG_CLOEXEC,
	};
	int seen = MSG_NOSIGNAL, n = roll(w, 4);

	while (n--)
		seen |= ANY(w, flags);
	return once_in(w, 50) ? (int)roll(w, INT_MAX) : seen;
}

static long receive_bytes(struct lua_worker *w)
{
	size_t len = some_length(w);

	return result(recv(any_fd(w), somewhere(w, len), len, receive_flags(w)));
}

static long receive_pieces(struct lua_worker *w)
{
	struct timespec patience = { .tv_nsec = 5000000 };
	struct mmsghdr msgs[2] = { };
	int fd = any_fd(w), i;
	char control[2][256];
	struct sockaddr_storage addr;
	struct iovec iov[4];

	cut(w, iov, 4, some_length(w), once_in(w, 10));
	if (once_in(w, 3))
		return result(readv(fd, iov, 4));
	for (i = 0; i < 2; i++)
		msgs[i].msg_hdr = (struct msghdr){
			.msg_iov = iov + 2 * i,
			.msg_iovlen = 2,
			.msg_name = &addr,
			.msg_namelen = sizeof(addr),
			.msg_control = control[i],
			.msg_controllen = roll(w, sizeof(control[i])),
		};
	return result(recvmmsg(fd, msgs, 1 + roll(w, 2), receive_flags(w), &patience));
}

static long splice_out(struct lua_worker *w)
{
	size_t len = some_length(w);
	int fd = any_fd(w);
	long n;

	if (once_in(w, 4))
		n = sendfile(w->ends[1], fd, NULL, len);
	else
		n = splice(fd, NULL, w->ends[1], NULL, len,
			   once_in(w, 2) ? SPLICE_F_NONBLOCK : 0);
	n = result(n);
	while (read(w->ends[0], arena(w), ARENA) > 0)
		;
	return n;
}

static void unmap(struct lua_worker *w)
{
	if (w->map)
		munmap(w->map, 16 * PAGE);
	w->map = NULL;
}

/* What is mapped stays for a while, whatever becomes of the socket. */
static long receive_mapped(struct lua_worker *w)
{
	struct tcp_zerocopy_receive zc = { .length = PAGE * roll(w, 18) };
	socklen_t len = near_length(w, sizeof(zc));
	size_t room = some_length(w);
	int fd = any_fd(w);

	unmap(w);
	w->map = mmap(NULL, 16 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (w->map == MAP_FAILED)
		w->map = NULL;
	zc.address = (uintptr_t)w->map;
	if (once_in(w, 8))
		zc.address = (uintptr_t)somewhere(w, PAGE);
	if (once_in(w, 2)) {
		zc.copybuf_address = (uintptr_t)somewhere(w, room);
		zc.copybuf_len = once_in(w, 8) ? -1 : (int)room;
	}
	if (once_in(w, 8))
		zc.flags = roll(w, 4);
	return result(getsockopt(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE,
				 len > sizeof(zc) ? somewhere(w, sizeof(zc)) : &zc, &len));
}

/* Asking */

static long ask(struct lua_worker *w)
{
	static const unsigned long requests[] = {
		SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK, FIONBIO, SIOCGSTAMP_OLD,
	};
	static const short events[] = {
		POLLIN, POLLOUT, POLLPRI, POLLRDHUP, POLLIN | POLLOUT, -1,
	};
	struct pollfd pfds[3];
	unsigned int i;
	int value = once_in(w, 8);

	if (once_in(w, 2))
		return result(ioctl(any_fd(w), ANY(w, requests),
				    once_in(w, 10) ? somewhere(w, 4) : &value));
	for (i = 0; i < 3; i++) {
		pfds[i].fd = any_fd(w);
		pfds[i].events = ANY(w, events);
	}
	return result(poll(pfds, 3, roll(w, 4)));
}

static long ask_epoll(struct lua_worker *w)
{
	static const uint32_t events[] = {
		EPOLLIN, EPOLLIN | EPOLLET, EPOLLIN | EPOLLOUT | EPOLLET,
		EPOLLIN | EPOLLONESHOT, EPOLLRDHUP | EPOLLIN, EPOLLIN | EPOLLEXCLUSIVE, -1,
	};
	static const int changes[] = { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL };
	struct epoll_event ev = { .events = ANY(w, events) }, seen[4];

	if (roll(w, 3))
		return result(epoll_ctl(w->epfd, ANY(w, changes), any_fd(w), &ev));
	return result(epoll_wait(w->epfd, seen, 4, roll(w, 4)));
}

/* What TCP and sockets have besides. No option takes a socket its patience. */
static const struct {
	int level;
	int option;
	int values[4];
} plain_options[] = {
	{ SOL_SOCKET, SO_RCVBUF, { 1, 3000, 100000, 1 << 20 } },
	{ SOL_SOCKET, SO_SNDBUF, { 1, 5000, 100000, 1 << 20 } },
	{ SOL_SOCKET, SO_RCVLOWAT, { 1, 1, 100, 100000 } },
	{ SOL_SOCKET, SO_PEEK_OFF, { -1, 0, 1, 10000 } },
	{ SOL_SOCKET, SO_ZEROCOPY, { 0, 1, 1, 1 } },
	{ SOL_SOCKET, SO_OOBINLINE, { 0, 1, 0, 1 } },
	{ SOL_SOCKET, SO_TIMESTAMPING, { 0, 0x3f, 0x7ff, 0x8a } },
	{ SOL_SOCKET, SO_KEEPALIVE, { 0, 1, 0, 1 } },
	{ SOL_SOCKET, SO_MARK, { 0, 1, 7, -1 } },
	{ SOL_SOCKET, SO_REUSEADDR, { 0, 1, 1, 1 } },
	{ SOL_SOCKET, SO_BUSY_POLL, { 0, 0, 10, 50 } },
	{ SOL_SOCKET, SO_ERROR, { 0, 0, 0, 0 } },
	{ IPPROTO_TCP, TCP_NODELAY, { 0, 1, 0, 1 } },
	{ IPPROTO_TCP, TCP_CORK, { 0, 1, 0, 1 } },
	{ IPPROTO_TCP, TCP_INQ, { 0, 1, 0, 1 } },
	{ IPPROTO_TCP, TCP_FASTOPEN, { 0, 1, 5, 16 } },
	{ IPPROTO_TCP, TCP_FASTOPEN_CONNECT, { 0, 1, 0, 1 } },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT, { 0, 0, 1, 2 } },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, { 0, 10, 100, 1000 } },
	{ IPPROTO_TCP, TCP_LINGER2, { 0, 1, -1, 1 } },
	{ IPPROTO_TCP, TCP_QUICKACK, { 0, 1, 0, 1 } },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP, { 0, 1, 5000, 100000 } },
	{ IPPROTO_TCP, TCP_MAXSEG, { 88, 200, 1000, 30000 } },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, { 0, 1, 1000, -1 } },
	{ IPPROTO_TCP, TCP_INFO, { 0, 0, 0, 0 } },
	{ IPPROTO_TCP, TCP_ULP, { 0, 0, 0, 0 } },
	{ IPPROTO_IPV6, 1 /* IPV6_ADDRFORM */, { AF_INET, AF_INET, AF_INET, AF_INET6 } },
	{ IPPROTO_IPV6, IPV6_V6ONLY, { 0, 1, 0, 1 } },
};

static long change_plainly(struct lua_worker *w)
{
	unsigned int i = roll(w, ARRAY_SIZE(plain_options));
	int value = ANY(w, plain_options[i].values), fd = any_fd(w);
	int level = plain_options[i].level, option = plain_options[i].option;
	socklen_t len = near_length(w, sizeof(value));

	if (option != TCP_INFO && roll(w, 3))
		return result(setsockopt(fd, level, option, &value, sizeof(value)));
	return result(getsockopt(fd, level, option, somewhere(w, ARENA), &len));
}

static void repair_option(int fd, int option, int value)
{
	setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value));
}

static long repair(struct lua_worker *w)
{
	static const int queues[] = { TCP_NO_QUEUE, TCP_RECV_QUEUE, TCP_SEND_QUEUE };
	size_t len = some_length(w);
	int fd = any_fd(w);
	long n;

	repair_option(fd, TCP_REPAIR, TCP_REPAIR_ON);
	repair_option(fd, TCP_REPAIR_QUEUE, ANY(w, queues));
	if (once_in(w, 2))
		repair_option(fd, TCP_QUEUE_SEQ, roll(w, INT_MAX));
	if (once_in(w, 2))
		n = result(send(fd, something(w, len), len, MSG_NOSIGNAL | MSG_DONTWAIT));
	else
		n = result(recv(fd, somewhere(w, len), len, MSG_PEEK | MSG_DONTWAIT));
	if (roll(w, 4))
		repair_option(fd, TCP_REPAIR, once_in(w, 2) ? TCP_REPAIR_OFF :
							      TCP_REPAIR_OFF_NO_WP);
	return n;
}

static long look(struct lua_worker *w)
{
	static const char * const files[] = {
		"/proc/net/lua_stat", "/proc/net/tcp", "/proc/net/tcp6", "/proc/net/sockstat",
	};
	int fd = open(ANY(w, files), O_RDONLY);
	long n = result(read(fd, arena(w), 1 + roll(w, ARENA)));

	close(fd);
	return n;
}

/* As ss -i does */
static long dump_sockets(struct lua_worker *w)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 req;
	} msg = {
		.nlh = { sizeof(msg), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP },
		.req = {
			.sdiag_family = once_in(w, 2) ? AF_INET6 : AF_INET,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_ext = 0xff,
			.idiag_states = -1,
		},
	};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	long n = result(send(fd, &msg, sizeof(msg), 0));

	while (recv(fd, arena(w), ARENA, MSG_DONTWAIT) > 0)
		;
	close(fd);
	return n;
}

/* Limits of the namespace. The first value, with which most can be done, comes most. */
static long change_limit(struct lua_worker *w)
{
	static const struct {
		const char *name;
		const char *values[4];
	} limits[] = {
		{ "max_instructions", { "30000", "1000", "100000", "0" } },
		{ "max_memory", { "1048576", "32768", "200000", "-1" } },
		{ "max_script", { "65536", "1", "700", "x" } },
		{ "max_states", { "65536", "0", "6", "" } },
		{ "max_total_memory", { "100000000", "32768", "1000000", "1" } },
		{ "max_dict_memory", { "10000000", "0", "20000", "-5" } },
	};
	unsigned int i = roll(w, ARRAY_SIZE(limits));
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/net/lua/%s", limits[i].name);
	return lua_write_file(path, roll(w, 12) ? limits[i].values[0] :
						 ANY(w, limits[i].values));
}

/* One end sends, and the other one reads: which seldom comes by chance. */
static long talk(struct lua_worker *w)
{
	static long (* const sending[])(struct lua_worker *w) = {
		send_bytes, send_bytes, send_pieces, send_file, splice_in,
	};
	static long (* const reading[])(struct lua_worker *w) = {
		receive_bytes, receive_bytes, receive_pieces, splice_out, receive_mapped,
		ask, ask_epoll,
	};
	int place = roll(w, PLACES), swap = once_in(w, 4), i;
	int from = at(place, swap ? ACCEPTED : CONNECTED);
	int to = at(place, swap ? CONNECTED : ACCEPTED);
	int times = 1 + roll(w, 6);
	long n = 0;

	for (i = 0; i < times; i++) {
		w->only = from;
		ANY(w, sending)(w);
		w->only = to;
		n = ANY(w, reading)(w);
	}
	w->only = 0;
	return n;
}

/* Threads and processes */

static long interrupt(struct lua_worker *w)
{
	pid_t tid = w->board->now[roll(w, LUA_THREADS_MAX)].tid;

	return tid && !w->is_child ? result(syscall(SYS_tgkill, getpid(), tid, SIGUSR1)) : 0;
}

static void reap(struct lua_worker *w, bool kill_it)
{
	int status = 0;

	if (!w->child)
		return;
	if (kill_it)
		kill(w->child, SIGKILL);
	while (waitpid(w->child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		lua_board_say(w->board, "thread %u call %lu: its child: %s", w->number,
			      w->call, strsignal(WTERMSIG(status)));
	w->child = 0;
}

/* Its calls do not depend on how far it comes. */
static void live_as_child(struct lua_worker *w, unsigned int num)
{
	unsigned int i;

	alarm(LUA_HANG_S);
	w->is_child = true;
	w->stream += LUA_THREADS_MAX * w->call;
	w->child = 0;
	for (i = 0; i < num; i++)
		lua_act(w);
	if (!(num % 4))
		kill(getpid(), SIGKILL);
	_exit(0);
}

/* Descriptors are its own from then on, sockets are not. */
static long fork_child(struct lua_worker *w)
{
	unsigned int num = 1 + roll(w, 20);
	bool kill_it = once_in(w, 2);

	if (w->is_child)
		return 0;
	reap(w, kill_it);
	w->child = fork();
	if (!w->child)
		live_as_child(w, num);
	return w->child < 0 ? -errno : 0;
}

/* io_uring: a request that may be done, or waits, or is cancelled */
static long use_uring(struct lua_worker *w)
{
	static const unsigned char opcodes[] = {
		IORING_OP_RECV, IORING_OP_RECV, IORING_OP_READ, IORING_OP_SEND,
		IORING_OP_SEND, IORING_OP_SEND_ZC, IORING_OP_POLL_ADD, IORING_OP_ACCEPT,
		IORING_OP_SHUTDOWN, IORING_OP_CLOSE,
	};
	size_t len = some_length(w);
	struct io_uring_sqe sqe = {
		.opcode = ANY(w, opcodes),
		.flags = once_in(w, 4) ? IOSQE_ASYNC : 0,
		.fd = any_fd(w),
		.user_data = w->call,
	};
	struct io_uring_cqe cqe;
	unsigned int left = 2;
	long res = 0;
	int err;

	switch (sqe.opcode) {
	case IORING_OP_POLL_ADD:
		sqe.poll32_events = POLLIN;
		break;
	case IORING_OP_SHUTDOWN:
		sqe.len = roll(w, 3);
		break;
	case IORING_OP_ACCEPT:
	case IORING_OP_CLOSE:
		break;
	default:
		sqe.addr = (uintptr_t)something(w, len);
		sqe.len = len;
		if (sqe.opcode != IORING_OP_READ && once_in(w, 2))
			sqe.msg_flags = MSG_DONTWAIT;
	}
	if (w->is_child)
		return 0;
	err = lua_uring_submit(&w->ring, &sqe) ?: lua_uring_cancel(&w->ring, w->call);
	while (!err && left) {
		err = lua_uring_wait(&w->ring, &cqe);
		/* Of a send without copying, earlier or later */
		if (err || cqe.flags & IORING_CQE_F_NOTIF)
			continue;
		left--;
		if (cqe.user_data == w->call)
			res = cqe.res;
	}
	if (err)
		lua_board_say(w->board, "thread %u call %lu: io_uring: %s", w->number,
			      w->call, strerror(-err));
	if (sqe.opcode == IORING_OP_ACCEPT && res >= 0 && !err)
		settle(res, at(roll(w, PLACES), ACCEPTED));
	return res;
}

static long as_nobody(struct lua_worker *w);

/* How often, in relation */
static const struct act {
	const char *name;
	long (*make)(struct lua_worker *w);
	unsigned int weight;
} acts[] = {
#define ACT(name, weight) { #name, name, weight }
	ACT(open_socket, 20),
	ACT(open_listener, 20),
	ACT(listen_here, 3),
	ACT(make_pair, 90),
	ACT(accept_one, 10),
	ACT(connect_somewhere, 10),
	ACT(disconnect, 6),
	ACT(shut_down, 6),
	ACT(close_one, 20),
	ACT(duplicate, 6),
	ACT(lose_in_a_message, 6),
	ACT(destroy, 4),
	ACT(attach, 20),
	ACT(load, 40),
	ACT(set_option, 60),
	ACT(get_option, 60),
	ACT(send_bytes, 150),
	ACT(send_pieces, 50),
	ACT(send_file, 15),
	ACT(splice_in, 15),
	ACT(receive_bytes, 120),
	ACT(receive_pieces, 40),
	ACT(splice_out, 30),
	ACT(receive_mapped, 20),
	ACT(talk, 80),
	ACT(ask, 60),
	ACT(ask_epoll, 40),
	ACT(change_plainly, 50),
	ACT(repair, 5),
	ACT(look, 5),
	ACT(dump_sockets, 5),
	ACT(change_limit, 8),
	ACT(interrupt, 10),
	ACT(fork_child, 8),
	ACT(use_uring, 40),
	ACT(as_nobody, 5),
};

const char *lua_act_name(unsigned int kind)
{
	return kind < ARRAY_SIZE(acts) ? acts[kind].name : NULL;
}

static unsigned int any_act(struct lua_worker *w)
{
	unsigned int sum = 0, i, dice;

	for (i = 0; i < ARRAY_SIZE(acts); i++)
		sum += acts[i].weight;
	dice = roll(w, sum);
	for (i = 0; dice >= acts[i].weight; i++)
		dice -= acts[i].weight;
	return i;
}

/* Errors that are the kernel's own affair begin at 512, and never come out. */
static void check_result(struct lua_worker *w, long res)
{
	if (res <= -512)
		lua_board_say(w->board, "thread %u call %lu: %s: error %ld", w->number,
			      w->call, w->name, -res);
}

static void make(struct lua_worker *w, unsigned int kind)
{
	struct lua_board *board = w->board;
	long res, start;
	char line[80];

	w->name = acts[kind].name;
	if (board->trace >= 0) {
		snprintf(line, sizeof(line), "random: %u:%lu%s %s\n", w->number, w->call,
			 w->is_child ? " (child)" : "", w->name);
		if (write(board->trace, line, strlen(line)) < 0)
			board->trace = -1;
	}
	if (!w->is_child) {
		board->now[w->number].call = w->call;
		board->now[w->number].name = w->name;
		__atomic_store_n(&board->now[w->number].since, lua_seconds(),
				 __ATOMIC_RELAXED);
	}
	start = lua_microseconds();
	res = acts[kind].make(w);
	__atomic_fetch_add(&board->counts[kind].us, lua_microseconds() - start,
			   __ATOMIC_RELAXED);
	check_result(w, res);
	__atomic_fetch_add(&board->counts[kind].made, 1, __ATOMIC_RELAXED);
	if (res >= 0)
		__atomic_fetch_add(&board->counts[kind].good, 1, __ATOMIC_RELAXED);
}

/* For this thread only, which the C library's function would not do. */
static void become(uid_t uid)
{
	syscall(SYS_setresuid, -1, uid, -1);
}

/* One call without privilege */
static long as_nobody(struct lua_worker *w)
{
	unsigned int kind = any_act(w);

	if (w->is_nobody || acts[kind].make == fork_child)
		return 0;
	become(65534);
	w->is_nobody = true;
	make(w, kind);
	w->is_nobody = false;
	become(0);
	return 0;
}

void lua_act(struct lua_worker *w)
{
	w->call++;
	w->dice = lua_dice_of(w->board->seed, w->stream, w->call);
	make(w, any_act(w));
}

int lua_worker_init(struct lua_worker *w, struct lua_board *board, unsigned int number)
{
	char *memory;

	memset(w, 0, sizeof(*w));
	w->board = board;
	w->number = number;
	w->stream = number;
	memory = mmap(NULL, ARENA + 2 * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	w->fixed = memory;
	w->edge = memory + PAGE + ARENA;
	w->epfd = epoll_create1(EPOLL_CLOEXEC);
	w->file = memfd_create("random", MFD_CLOEXEC);
	if (mprotect(w->fixed, PAGE, PROT_READ) || mprotect(w->edge, PAGE, PROT_NONE) ||
	    w->epfd < 0 || w->file < 0 || pipe2(w->ends, O_CLOEXEC | O_NONBLOCK) ||
	    write(w->file, arena(w), ARENA) < 0)
		return -errno;
	return lua_uring_open(&w->ring, 0);
}

void lua_worker_end(struct lua_worker *w)
{
	reap(w, false);
	unmap(w);
	close(w->epfd);
}
