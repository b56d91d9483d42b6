// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "lua_sock.h"

socklen_t lua_loopback(int family, struct sockaddr_storage *addr)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)addr;
	struct sockaddr_in *in = (struct sockaddr_in *)addr;

	memset(addr, 0, sizeof(*addr));
	addr->ss_family = family;
	if (family == AF_INET6) {
		in6->sin6_addr = in6addr_loopback;
		return sizeof(*in6);
	}
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(*in);
}

static int set_lo_up(int fd)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	return ioctl(fd, SIOCSIFFLAGS, &ifr) ? -errno : 0;
}

int lua_own_network(void)
{
	int fd = lua_socket(AF_INET);
	int err;

	/* So that there is a module: only the first namespace asks for it. */
	err = lua_attach(fd);
	close(fd);
	if (err)
		return err;
	if (unshare(CLONE_NEWNET))
		return -errno;
	fd = lua_socket(AF_INET);
	err = set_lo_up(fd);
	close(fd);
	return err;
}

/* Reads that should not have to wait fail some time, instead of hanging. */
static void set_patience(int fd)
{
	struct timeval tv = { .tv_sec = LUA_PATIENCE_MS / 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

int lua_socket(int family)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0)
		return -errno;
	set_patience(fd);
	return fd;
}

int lua_listen(int family)
{
	struct sockaddr_storage addr;
	socklen_t len = lua_loopback(family, &addr);
	int fd = lua_socket(family);

	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&addr, len) || listen(fd, 128)) {
		close(fd);
		return -errno;
	}
	return fd;
}

int lua_connect(int listener)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int fd;

	if (getsockname(listener, (struct sockaddr *)&addr, &len))
		return -errno;
	fd = lua_socket(addr.ss_family);
	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&addr, len)) {
		close(fd);
		return -errno;
	}
	return fd;
}

int lua_accept(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		return -errno;
	set_patience(fd);
	return fd;
}

/* A connection through a listener that stays. */
int lua_pair_accept(struct lua_pair *pair, int listener)
{
	pair->sender = 0;
	pair->fd = -1;
	pair->peer = lua_connect(listener);
	if (pair->peer < 0)
		return pair->peer;
	pair->fd = lua_accept(listener);
	return pair->fd < 0 ? pair->fd : 0;
}

int lua_pair_open(struct lua_pair *pair, int family)
{
	int listener = lua_listen(family);
	int err;

	if (listener < 0)
		return listener;
	err = lua_pair_accept(pair, listener);
	close(listener);
	return err;
}

void lua_pair_close(struct lua_pair *pair)
{
	/* It may wait for a reader that has stopped. */
	if (pair->sender > 0) {
		kill(pair->sender, SIGKILL);
		waitpid(pair->sender, NULL, 0);
	}
	if (pair->fd >= 0)
		close(pair->fd);
	if (pair->peer >= 0)
		close(pair->peer);
	*pair = (struct lua_pair){ .fd = -1, .peer = -1 };
}

static int set(int fd, int option, const void *value, size_t len)
{
	return setsockopt(fd, SOL_LUA, option, value, len) ? -errno : 0;
}

int lua_attach(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "lua", 3) ? -errno : 0;
}

int lua_load_bytes(int fd, const void *script, size_t len)
{
	return set(fd, SS_LUA_LOADSCRIPT, script, len);
}

int lua_load(int fd, const char *script)
{
	return lua_load_bytes(fd, script, strlen(script));
}

int lua_entry(int fd, const char *name)
{
	return set(fd, SS_LUA_ENTRYPOINT, name, strlen(name));
}

int lua_hook(int fd, unsigned int which, const char *name)
{
	struct ss_lua_hook hook = { .hook = which };

	strncpy(hook.name, name, sizeof(hook.name) - 1);
	return set(fd, SS_LUA_HOOK, &hook, sizeof(hook));
}

const char *lua_error(int fd)
{
	static char text[SS_LUA_ERROR_MAX + 1];
	socklen_t len = SS_LUA_ERROR_MAX;

	memset(text, 0, sizeof(text));
	if (getsockopt(fd, SOL_LUA, SS_LUA_ERROR, text, &len))
		snprintf(text, sizeof(text), "SS_LUA_ERROR: %s",
			 strerror(errno));
	return text;
}

int lua_script(int fd, const char *script)
{
	int err = lua_attach(fd);

	if (err == -EEXIST)
		err = 0;
	if (!err)
		err = lua_load(fd, script);
	if (!err)
		err = lua_entry(fd, "process");
	return err;
}

int lua_judge(int fd, const char *body)
{
	char *script;
	int err;

	if (asprintf(&script, "function process(data, size, nonblock) %s end",
		     body) < 0)
		return -ENOMEM;
	err = lua_script(fd, script);
	free(script);
	return err;
}

static const struct {
	const char *name;
	const char *parameters;
} handlers[__SS_LUA_HOOK_MAX] = {
	[SS_LUA_HOOK_RECEIVE] = { "process", "data, size, nonblock" },
	[SS_LUA_HOOK_SEND] = { "send", "data, size, nonblock" },
	[SS_LUA_HOOK_ACCEPT] = { "accept", "conn" },
	[SS_LUA_HOOK_CONNECT] = { "connect", "sk, address, port" },
	[SS_LUA_HOOK_CLOSE] = { "close", "sk" },
};

int lua_handle(int fd, unsigned int which, const char *body)
{
	char *script;
	int err = lua_attach(fd);

	if (err && err != -EEXIST)
		return err;
	if (asprintf(&script, "function %s(%s) %s end", handlers[which].name,
		     handlers[which].parameters, body) < 0)
		return -ENOMEM;
	err = lua_load(fd, script);
	free(script);
	return err ? err : lua_hook(fd, which, handlers[which].name);
}

int lua_put(int fd, const void *bytes, size_t len)
{
	const char *from = bytes;

	while (len) {
		ssize_t n = send(fd, from, len, MSG_NOSIGNAL);

		if (n < 0)
			return -errno;
		from += n;
		len -= n;
	}
	return 0;
}

int lua_puts(int fd, const char *text)
{
	return lua_put(fd, text, strlen(text));
}

static int put_bytewise(int fd, const char *bytes, size_t len)
{
	int one = 1, err = 0;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		return -errno;
	while (len-- && !err)
		err = lua_put(fd, bytes++, 1);
	return err;
}

/* In two parts, while the reader waits. */
static int put_late(int fd, const char *bytes, size_t len)
{
	size_t half = len / 2;
	int err;

	usleep(5000);
	err = lua_put(fd, bytes, half);
	usleep(5000);
	return err ? err : lua_put(fd, bytes + half, len - half);
}

static int do_send(struct lua_pair *pair, enum lua_sending how,
		   const void *bytes, size_t len, bool end)
{
	int err;

	switch (how) {
	case LUA_ONE_SEGMENT:
		err = lua_put(pair->peer, bytes, len);
		break;
	case LUA_MANY_SEGMENTS:
		err = put_bytewise(pair->peer, bytes, len);
		break;
	case LUA_LATE:
		if (pair->sender > 0)
			waitpid(pair->sender, NULL, 0);
		pair->sender = fork();
		if (pair->sender < 0)
			return -errno;
		if (pair->sender)
			return 0;
		put_late(pair->peer, bytes, len);
		if (end)
			shutdown(pair->peer, SHUT_WR);
		_exit(0);
	default:
		err = -EINVAL;
	}
	if (!err && end && shutdown(pair->peer, SHUT_WR))
		err = -errno;
	return err;
}

/* Send @bytes the way that @how says. */
int lua_send(struct lua_pair *pair, enum lua_sending how, const void *bytes,
	     size_t len)
{
	return do_send(pair, how, bytes, len, false);
}

/* The same, and then nothing more. */
int lua_send_end(struct lua_pair *pair, enum lua_sending how,
		 const void *bytes, size_t len)
{
	return do_send(pair, how, bytes, len, true);
}

int lua_poll(int fd, short events, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int n = poll(&pfd, 1, timeout_ms);

	return n < 0 ? -errno : !!(pfd.revents & events);
}

bool lua_readable(int fd)
{
	return lua_poll(fd, POLLIN, LUA_PATIENCE_MS) > 0;
}

bool lua_stays_unreadable(int fd)
{
	return lua_poll(fd, POLLIN, LUA_A_WHILE_MS) == 0;
}

/* All that @peer has sent has been acknowledged, so it lies in a queue. */
int lua_arrived(int peer)
{
	int left, ms;

	for (ms = 0; ms < LUA_PATIENCE_MS; ms++) {
		if (ioctl(peer, SIOCOUTQ, &left))
			return -errno;
		if (!left)
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

void lua_stream_add(struct lua_stream *stream, const void *bytes, size_t len)
{
	if (len > sizeof(stream->bytes) - stream->len)
		len = sizeof(stream->bytes) - stream->len;
	memcpy(stream->bytes + stream->len, bytes, len);
	stream->len += len;
}

/* In small steps, and larger ones later. Returns false at an end or error. */
static bool read_some(struct lua_stream *stream, int fd, lua_read_fn *read,
		      size_t most)
{
	size_t step = stream->len < 120 ? 24 : 8192;
	ssize_t n;

	n = read(fd, stream->bytes + stream->len, step < most ? step : most);
	if (n > 0)
		stream->len += n;
	stream->err = n < 0 ? errno : 0;
	return n > 0;
}

/* Read so many bytes, or as many as there are. */
void lua_stream_read_len(struct lua_stream *stream, int fd, lua_read_fn *read,
			 size_t len)
{
	stream->len = 0;
	stream->err = 0;
	while (stream->len < len)
		if (!read_some(stream, fd, read, len - stream->len))
			return;
}

/* Read to the end, and once more: an end and an error must stay. */
void lua_stream_read(struct lua_stream *stream, int fd, lua_read_fn *read)
{
	int err;

	lua_stream_read_len(stream, fd, read, sizeof(stream->bytes) - 1);
	err = stream->err;
	if (read_some(stream, fd, read, 1) || stream->err != err)
		stream->err = ENOTRECOVERABLE;
}

static unsigned int hash(const char *bytes, size_t len)
{
	unsigned int h = 2166136261u;

	while (len--)
		h = (h ^ (unsigned char)*bytes++) * 16777619;
	return h;
}

/* One line that says all, to be compared with another. */
const char *lua_stream_text(const struct lua_stream *stream, const char *name)
{
	static char texts[2][512];
	static int which;
	char *text = texts[which++ % 2];
	int head = stream->len < 200 ? stream->len : 40;

	snprintf(text, sizeof(texts[0]), "%s: %zu bytes '%.*s%s' #%08x, then %s",
		 name, stream->len, head, stream->bytes,
		 (size_t)head < stream->len ? "..." : "",
		 hash(stream->bytes, stream->len),
		 stream->err ? strerror(stream->err) : "the end");
	return text;
}

const char *lua_read_text(int fd, int flags)
{
	static char buf[256];
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, flags);

	if (n < 0)
		return strerror(errno);
	buf[n] = '\0';
	return buf;
}

const char *lua_exchange(int fd, int peer, const char *text)
{
	if (lua_puts(peer, text))
		return "not sent";
	return lua_read_text(fd, 0);
}

const char *lua_pair_exchange(struct lua_pair *pair, const char *text)
{
	return lua_exchange(pair->fd, pair->peer, text);
}

long lua_counter(const char *name)
{
	FILE *file = fopen("/proc/net/lua_stat", "r");
	char seen[64];
	long value;
	long found = -1;

	if (!file)
		return -1;
	while (fscanf(file, "%63s %ld", seen, &value) == 2)
		if (!strcmp(seen, name))
			found = value;
	fclose(file);
	return found;
}

int lua_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* Without the end of line. */
int lua_read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return -errno;
	if (n && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return 0;
}

long lua_module_users(void)
{
	char text[32];

	if (lua_read_file("/sys/module/lua_ulp/refcnt", text, sizeof(text)))
		return -1;
	return atol(text);
}

/* Sockets die some time after their last user. */
bool lua_users_return_to(long users)
{
	int ms;

	for (ms = 0; ms < LUA_PATIENCE_MS; ms += 10) {
		if (lua_module_users() <= users)
			return true;
		usleep(10000);
	}
	return false;
}

/* It is at the same place for both families. */
int lua_port_of(int fd)
{
	struct sockaddr_in6 addr;
	socklen_t len = sizeof(addr);

	return getsockname(fd, (struct sockaddr *)&addr, &len) ? -errno :
	       ntohs(addr.sin6_port);
}

struct ss_lua_info lua_info_of(int fd)
{
	struct ss_lua_info info = {};
	socklen_t len = sizeof(info);

	getsockopt(fd, SOL_LUA, SS_LUA_INFO, &info, &len);
	return info;
}

/* A descriptor in a message (SCM_RIGHTS) through the Unix socket @to. */
int lua_send_fd(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 'f';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(to, &msg, 0) == 1 ? 0 : -errno;
}

int lua_receive_fd(int from)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(from, &msg, 0) != 1)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg)
		return -ENOMSG;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}
