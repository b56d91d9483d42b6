// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

void die(const char *format, ...)
{
	va_list args;
	int err = errno;

	fprintf(stderr, "bench: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(err));
	exit(1);
}

static struct sockaddr_in address(in_addr_t host, int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(host),
	};
}

int tcp_listen(int port, int backlog)
{
	struct sockaddr_in addr = address(INADDR_ANY, port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, backlog))
		die("port %d", port);
	return fd;
}

int tcp_port(int fd)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);

	if (getsockname(fd, (struct sockaddr *)&addr, &len))
		die("getsockname");
	return ntohs(addr.sin_port);
}

/*
 * @host of 127/8: the kernel looks for a port that has no connection to the same address
 * and port yet, and that takes the longer the more have one.
 */
int tcp_connect_to(int host, int port)
{
	struct sockaddr_in addr = address(INADDR_LOOPBACK + host, port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("connect");
	return fd;
}

int tcp_connect(int port)
{
	return tcp_connect_to(0, port);
}

int tcp_accept(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		die("accept");
	return fd;
}

/* No timers and no full buffers: 64 KiB go through in one piece */
void tcp_tune(int fd)
{
	int on = 1, size = BENCH_BUFFER;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		die("socket buffers");
}

void tcp_send(int fd, const void *buf, size_t len)
{
	if (send(fd, buf, len, MSG_NOSIGNAL) != (ssize_t)len)
		die("send");
}

void tcp_recv(int fd, void *buf, size_t len)
{
	while (len) {
		ssize_t n = recv(fd, buf, len, 0);

		if (n <= 0)
			die("recv: %s", script_error(fd));
		buf = (char *)buf + n;
		len -= n;
	}
}

void pair_open(struct pair *pair)
{
	int listener = tcp_listen(0, 1);

	pair->client = tcp_connect(tcp_port(listener));
	pair->server = tcp_accept(listener);
	close(listener);
	tcp_tune(pair->client);
	tcp_tune(pair->server);
}

void pair_close(struct pair *pair)
{
	close(pair->client);
	close(pair->server);
}
