// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>

#include "lua_fault.h"
#include "lua_sock.h"

bool lua_can_fail(void)
{
	mount("none", "/sys/kernel/debug", "debugfs", 0, NULL);
	return !lua_write_file("/sys/kernel/debug/failslab/ignore-gfp-wait", "N") &&
	       !lua_write_file("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait",
			       "N") &&
	       !lua_write_file("/sys/kernel/debug/fail_page_alloc/min-order", "0") &&
	       lua_fail_nth(0) >= 0;
}

int lua_fail_nth(int n)
{
	char text[16];
	int fd = open("/proc/thread-self/fail-nth", O_RDWR);
	int left = -1;

	if (fd < 0)
		return -1;
	memset(text, 0, sizeof(text));
	if (read(fd, text, sizeof(text) - 1) > 0)
		left = atoi(text);
	snprintf(text, sizeof(text), "%d", n);
	if (write(fd, text, strlen(text)) < 0)
		left = -1;
	close(fd);
	return left;
}
