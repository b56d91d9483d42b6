// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include "lua_path.h"
#include "lua_sock.h"

/* The ends: listeners are near, who connects is far. */
static int near = -1, far = -1;

static int feature(const char *name, int cmd, int value)
{
	struct ethtool_value ev = { .cmd = cmd, .data = value };
	struct ifreq ifr = { .ifr_data = (void *)&ev };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int err = 0;

	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", name);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		err = -errno;
	close(fd);
	return err;
}

static int __attribute__((format(printf, 1, 2))) run(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return system(command) ? -EIO : 0;
}

/* Returns a descriptor of the namespace that the process is in. */
static int here(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY);

	return fd < 0 ? -errno : fd;
}

static int set_features(const char *device, const struct lua_path *path)
{
	int err = 0;

	if (path->no_tso) {
		err = feature(device, ETHTOOL_STSO, 0);
		if (!err)
			err = feature(device, ETHTOOL_SGSO, 0);
	}
	if (!err && path->no_sg)
		err = feature(device, ETHTOOL_SSG, 0);
	if (!err && path->gro)
		err = feature(device, ETHTOOL_SGRO, 1);
	return err;
}

static int set_up_end(int ns, const char *device, int number,
		      const struct lua_path *path)
{
	int err;

	if (setns(ns, CLONE_NEWNET))
		return -errno;
	err = set_features(device, path);
	if (!err)
		err = run("ip -batch - <<E\n"
			  "link set %s mtu %d\n"
			  "address add 10.0.0.%d/24 dev %s\n"
			  "address add fd00::%d/64 dev %s nodad\n"
			  "link set %s up\nE\n",
			  device, path->mtu ?: 1500, number, device, number,
			  device, device);
	if (!err && path->netem)
		err = run("tc qdisc add dev %s root netem limit 10000 %s",
			  device, path->netem);
	return err;
}

int lua_path_lay(const struct lua_path *path)
{
	int err;

	err = lua_own_network();
	near = err ? -1 : here();
	if (!err)
		err = lua_own_network();
	far = err ? -1 : here();
	if (!err)
		err = run("ip link add far type veth peer name near netns /proc/self/fd/%d",
			  near);
	if (!err)
		err = set_up_end(near, "near", 1, path);
	if (!err)
		err = set_up_end(far, "far", 2, path);
	return err;
}

int lua_path_listen(int family)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	bool six = family == AF_INET6;
	int fd, err = 0;

	inet_pton(AF_INET, "10.0.0.1", &in.sin_addr);
	inet_pton(AF_INET6, "fd00::1", &in6.sin6_addr);
	if (setns(near, CLONE_NEWNET))
		return -errno;
	fd = lua_socket(family);
	if (fd < 0)
		err = fd;
	else if (bind(fd, six ? (void *)&in6 : (void *)&in,
		      six ? sizeof(in6) : sizeof(in)) || listen(fd, 16))
		err = -errno;
	if (setns(far, CLONE_NEWNET) && !err)
		err = -errno;
	return err ?: fd;
}

int lua_path_sysctl(const char *name, const char *value)
{
	char path[128];
	int err;

	if (setns(near, CLONE_NEWNET))
		return -errno;
	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	err = lua_write_file(path, value);
	if (setns(far, CLONE_NEWNET) && !err)
		err = -errno;
	return err;
}
