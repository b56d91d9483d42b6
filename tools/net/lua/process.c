// SPDX-License-Identifier: GPL-2.0
/*
 * The sockets of a running process: taken from it one by one (pidfd_getfd()),
 * and asked.
 */
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lua-ulp.h"

/* glibc has them since 2.36 */
static int open_pidfd(int pid)
{
	return syscall(SYS_pidfd_open, pid, 0);
}

static int get_fd(int pidfd, int number)
{
	return syscall(SYS_pidfd_getfd, pidfd, number, 0);
}

static int int_option(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) ? -1 : value;
}

static int local_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len))
		return -1;
	switch (address.ss_family) {
	case AF_INET:
		return ntohs(((struct sockaddr_in *)&address)->sin_port);
	case AF_INET6:
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	}
	return -1;
}

static bool is_connected(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	return !getpeername(fd, (struct sockaddr *)&address, &len);
}

static bool suits(int fd, int port, int match)
{
	if (int_option(fd, SO_PROTOCOL) != IPPROTO_TCP || local_port(fd) != port)
		return false;
	if (int_option(fd, SO_ACCEPTCONN) == 1)
		return match & MATCH_LISTENERS;
	return match & MATCH_CONNECTIONS && is_connected(fd);
}

static bool is_socket(int pid, const char *number)
{
	char path[320], target[16];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, number);
	len = readlink(path, target, sizeof(target));
	return len > 7 && !memcmp(target, "socket:", 7);
}

/* Those that were found, or -1 if one could not be had */
static int visit_all(int pid, int pidfd, DIR *dir, int port, int match,
		     int (*visit)(int fd, void *arg), void *arg, int *status)
{
	struct dirent *entry;
	int found = 0, fd;

	*status = STATUS_OK;
	while (!*status && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !is_socket(pid, entry->d_name))
			continue;
		fd = get_fd(pidfd, atoi(entry->d_name));
		if (fd < 0 && errno == EBADF)
			continue;	/* it was closed meanwhile */
		if (fd < 0)
			return -1;
		if (suits(fd, port, match)) {
			found++;
			*status = visit(fd, arg);
		}
		close(fd);
	}
	return found;
}

static int explain(int pid)
{
	switch (errno) {
	case ESRCH:
	case ENOENT:
		complain("there is no process %d", pid);
		break;
	case EPERM:
	case EACCES:
		complain("the sockets of process %d are not yours to take: run this as root "
			 "(CAP_SYS_PTRACE)", pid);
		break;
	default:
		complain("process %d: %s", pid, strerror(errno));
	}
	return STATUS_SYSTEM;
}

/* process_sockets() - call @visit with each TCP socket of a process that has the
 * local port, until it returns a status. It is an error if there is none.
 */
int process_sockets(int pid, int port, int match, int (*visit)(int fd, void *arg),
		    void *arg)
{
	int pidfd, status = STATUS_SYSTEM, found = -1;
	char path[32];
	DIR *dir;

	pidfd = open_pidfd(pid);
	if (pidfd < 0)
		return explain(pid);
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (dir) {
		found = visit_all(pid, pidfd, dir, port, match, visit, arg, &status);
		if (found < 0)
			explain(pid);
		closedir(dir);
	} else {
		explain(pid);
	}
	close(pidfd);
	if (found < 0)
		return STATUS_SYSTEM;
	if (!found) {
		complain("process %d has no TCP socket that listens at port %d; "
			 "'ss -Hltnp sport = :%d' shows who has", pid, port, port);
		return STATUS_SYSTEM;
	}
	return status;
}
