// SPDX-License-Identifier: GPL-2.0
/*
 * A small HTTP/1.1 server whose requests a Lua script judges in the kernel,
 * before it reads them.
 *
 * All there is to it are three calls of setsockopt() on the listening socket,
 * in attach(): every connection that it accepts has the script, from the first
 * byte. What each connection brought is printed, a line per event.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/lua.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SOL_LUA
#define SOL_LUA 288
#endif

#define HEAD_MAX 16384

/* A request that is being read; more than its head may have come. */
struct request {
	char buf[HEAD_MAX + 1];
	size_t used;		/* bytes in buf */
	size_t head;		/* bytes of them that are the head */
	long long body;		/* bytes that follow the head */
};

static unsigned int connection;		/* number of the one that is served */
static unsigned long long received;	/* bytes that came through */

/* One write() for each line: connections share the output. */
static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	char line[512];
	va_list args;
	int n = snprintf(line, sizeof(line), "connection %u: ", connection);

	va_start(args, format);
	n += vsnprintf(line + n, sizeof(line) - n, format, args);
	va_end(args);
	if (n > (int)sizeof(line) - 1)
		n = sizeof(line) - 1;
	/* What a client sent must not act on a terminal. */
	for (int i = 0; i < n; i++)
		if (!isprint((unsigned char)line[i]))
			line[i] = '?';
	line[n++] = '\n';
	if (write(STDOUT_FILENO, line, n) < 0)
		exit(1);
}

/* What the script or the kernel says about the last error. */
static const char *lua_error(int fd)
{
	static char text[SS_LUA_ERROR_MAX];
	socklen_t len = sizeof(text);

	if (getsockopt(fd, SOL_LUA, SS_LUA_ERROR, text, &len) < 0)
		return "";
	return text;
}

static void fail(int fd, const char *what)
{
	fprintf(stderr, "http-server: %s: %s\n", what, strerror(errno));
	if (fd >= 0 && *lua_error(fd))
		fprintf(stderr, "http-server: %s\n", lua_error(fd));
	exit(1);
}

static char *read_script(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0)
		fail(-1, path);
	text = malloc(st.st_size + 1);
	if (!text || read(fd, text, st.st_size) != st.st_size)
		fail(-1, path);
	close(fd);
	*len = st.st_size;
	return text;
}

static void attach(int fd, const char *path, const char *function)
{
	size_t len;
	char *text = read_script(path, &len);

	if (setsockopt(fd, SOL_TCP, TCP_ULP, "lua", sizeof("lua")) < 0)
		fail(-1, "TCP_ULP \"lua\", which needs CONFIG_NET_LUA");
	if (setsockopt(fd, SOL_LUA, SS_LUA_LOADSCRIPT, text, len) < 0)
		fail(fd, path);
	if (setsockopt(fd, SOL_LUA, SS_LUA_ENTRYPOINT, function, strlen(function)) < 0)
		fail(fd, function);
	free(text);
}

/* Receive more of the request; false at the end of the connection. */
static bool receive(int fd, struct request *req)
{
	ssize_t n = recv(fd, req->buf + req->used, HEAD_MAX - req->used, 0);

	if (n < 0)
		say("recv: %s: %s", strerror(errno), lua_error(fd));
	if (n <= 0)
		return false;
	received += n;
	req->used += n;
	req->buf[req->used] = '\0';
	return true;
}

/* The value of a field of the head, or NULL. */
static const char *field(const struct request *req, const char *name)
{
	const char *line = req->buf;
	size_t len = strlen(name);

	while ((line = memchr(line, '\n', req->buf + req->head - line))) {
		line++;
		if (!strncasecmp(line, name, len) && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	}
	return NULL;
}

/* Read until a whole head is there. */
static bool read_head(int fd, struct request *req)
{
	const char *end, *length;

	while (!(end = strstr(req->buf, "\r\n\r\n")))
		if (req->used == HEAD_MAX || !receive(fd, req))
			return false;
	req->head = end + 4 - req->buf;
	length = field(req, "Content-Length");
	req->body = length ? strtoll(length, NULL, 10) : 0;
	return req->body >= 0;
}

/* Throw @n bytes away; what follows them is the next request. */
static bool consume(int fd, struct request *req, long long n)
{
	while (n > (long long)req->used) {
		n -= req->used;
		req->used = 0;
		if (!receive(fd, req))
			return false;
	}
	req->used -= n;
	memmove(req->buf, req->buf + n, req->used + 1);
	return true;
}

static bool answer(int fd, const char *line, long long body, bool keep)
{
	bool head_only = !strncmp(line, "HEAD ", 5);
	char page[512], text[1024];
	int len, n;

	len = snprintf(page, sizeof(page), "The server got: %.200s, %lld bytes of body\n",
		       line, body);
	n = snprintf(text, sizeof(text),
		     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
		     "Connection: %s\r\n\r\n%s",
		     len, keep ? "keep-alive" : "close", head_only ? "" : page);
	say("served: %.200s, %lld bytes of body", line, body);
	return send(fd, text, n, MSG_NOSIGNAL) == n;
}

static bool serve_request(int fd, struct request *req)
{
	long long body;
	char line[256];
	bool keep;

	if (!read_head(fd, req))
		return false;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(req->buf, "\r"), req->buf);
	keep = strstr(line, "HTTP/1.1") &&
	       (!field(req, "Connection") || strncasecmp(field(req, "Connection"), "close", 5));
	body = req->body;
	return consume(fd, req, req->head + body) && answer(fd, line, body, keep) && keep;
}

static int listen_on(int port, const char *script, const char *function)
{
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1;

	if (fd < 0)
		fail(-1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (script)
		attach(fd, script, function);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 64) < 0)
		fail(-1, "port");
	return fd;
}

static void serve_connection(int fd)
{
	static struct request req;

	say("accepted");
	while (serve_request(fd, &req))
		;
	say("closed after %llu bytes", received);
	exit(0);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc < 2 || argc > 4 || atoi(argv[1]) < 1) {
		fprintf(stderr, "usage: http-server PORT [SCRIPT [FUNCTION]]\n");
		return 2;
	}
	fd = listen_on(atoi(argv[1]), argc > 2 ? argv[2] : NULL,
		       argc > 3 ? argv[3] : "process");
	signal(SIGCHLD, SIG_IGN);
	printf("listening on port %d\n", atoi(argv[1]));
	fflush(stdout);

	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client < 0)
			fail(-1, "accept");
		connection++;
		if (!fork())
			serve_connection(client);
		close(client);
	}
}
