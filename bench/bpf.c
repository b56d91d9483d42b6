// SPDX-License-Identifier: GPL-2.0
/* Puts a program of verdict.bpf.c on the sockets of a pair. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bench.h"

#define CGROUP "/sys/fs/cgroup/bench"

struct rival {
	struct bpf_object *object;
	int cgroup;
	int program;
	enum bpf_attach_type type;
};

static int find(struct rival *rival, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(rival->object, name);

	if (!program)
		die("no program %s", name);
	return bpf_program__fd(program);
}

/* Programs first: what they do is looked up when the socket comes into the map. */
static void join_map(struct rival *rival, int fd)
{
	int map = bpf_object__find_map_fd_by_name(rival->object, "sockets");
	uint64_t value = fd;
	uint32_t key = 0;

	if (bpf_prog_attach(rival->program, map, rival->type, 0) ||
	    bpf_map_update_elem(map, &key, &value, BPF_ANY))
		die("sockmap");
}

/*
 * @name is that of a program, with "parser+" before it if a stream parser cuts the
 * messages. A cgroup's program judges sockets that were made in bpf_enter_cgroup().
 */
struct rival *bpf_open(const char *name, const struct pair *pair)
{
	struct rival *rival = calloc(1, sizeof(*rival));
	bool parser = !strncmp(name, "parser+", 7);
	const char *object = getenv("BENCH_BPF");

	rival->cgroup = -1;
	rival->object = bpf_object__open_file(object, NULL);
	if (!rival->object || bpf_object__load(rival->object))
		die("%s", object ?: "BENCH_BPF=");
	rival->program = find(rival, parser ? name + 7 : name);
	if (parser) {
		int map = bpf_object__find_map_fd_by_name(rival->object, "sockets");

		if (bpf_prog_attach(find(rival, "skb_parser"), map, BPF_SK_SKB_STREAM_PARSER, 0))
			die("stream parser");
	}
	if (!strncmp(name, "cgroup_", 7)) {
		rival->type = BPF_CGROUP_INET_INGRESS;
		rival->cgroup = open(CGROUP, O_RDONLY | O_DIRECTORY);
		if (rival->cgroup < 0 ||
		    bpf_prog_attach(rival->program, rival->cgroup, rival->type, 0))
			die("cgroup");
	} else if (!strncmp(name, "msg_", 4)) {
		rival->type = BPF_SK_MSG_VERDICT;
		join_map(rival, pair->client);
	} else {
		rival->type = BPF_SK_SKB_STREAM_VERDICT;
		join_map(rival, pair->server);
	}
	return rival;
}

void bpf_close(struct rival *rival)
{
	if (rival->cgroup >= 0) {
		bpf_prog_detach2(rival->program, rival->cgroup, rival->type);
		close(rival->cgroup);
	}
	bpf_object__close(rival->object);
	free(rival);
}

int bpf_enter_cgroup(void)
{
	if (mkdir(CGROUP, 0755) && errno != EEXIST)
		return -errno;
	proc_write(CGROUP "/cgroup.procs", "0");
	return 0;
}

void bpf_leave_cgroup(void)
{
	proc_write("/sys/fs/cgroup/cgroup.procs", "0");
}
