/* SPDX-License-Identifier: GPL-2.0 */
/* There is one network namespace; see netns.c. */
#ifndef _LUA_HOST_NET_NAMESPACE_H
#define _LUA_HOST_NET_NAMESPACE_H

#include <linux/err.h>
#include <linux/slab.h>
#include <linux/sysctl.h>

#define __net_init
#define __net_exit
#define __init

struct net {
	void *generic;
};

extern struct net init_net;

#define net_eq(a, b)		((a) == (b))
#define net_generic(net, id)	((void)(id), (net)->generic)

struct pernet_operations {
	int (*init)(struct net *net);
	void (*exit)(struct net *net);
	unsigned int *id;
	size_t size;
};

int register_pernet_subsys(struct pernet_operations *ops);
void unregister_pernet_subsys(struct pernet_operations *ops);

struct ctl_table_header *register_net_sysctl_sz(struct net *net, const char *path,
						struct ctl_table *table, size_t size);
void unregister_net_sysctl_table(struct ctl_table_header *header);

#define CAP_NET_ADMIN	12
#define capable(cap)	true

#endif
