// SPDX-License-Identifier: GPL-2.0
/*
 * The sockets of this network namespace that have the protocol "lua", as
 * sock_diag tells.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include "lua-ulp.h"

struct dump {
	void (*visit)(const struct diag_socket *sock, void *arg);
	void *arg;
};

const char *diag_state(int state)
{
	static const char *const names[] = {
		"?", "established", "syn-sent", "syn-recv", "fin-wait-1",
		"fin-wait-2", "time-wait", "closed", "close-wait", "last-ack",
		"listening", "closing",
	};

	return names[state > 0 && state < (int)ARRAY_SIZE(names) ? state : 0];
}

/* The kernel's structure may be longer or shorter than ours. */
static int read_lua(const struct nlattr *attr, void *data)
{
	struct ss_lua_info *info = data;
	size_t len = mnl_attr_get_payload_len(attr);

	if (mnl_attr_get_type(attr) == SS_LUA_ULP_INFO)
		memcpy(info, mnl_attr_get_payload(attr),
		       len < sizeof(*info) ? len : sizeof(*info));
	return MNL_CB_OK;
}

struct ulp {
	bool is_lua;
	struct ss_lua_info *info;
};

static int read_ulp(const struct nlattr *attr, void *data)
{
	struct ulp *ulp = data;

	switch (mnl_attr_get_type(attr)) {
	case INET_ULP_INFO_NAME:
		if (!mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			ulp->is_lua = !strcmp(mnl_attr_get_str(attr), "lua");
		break;
	case INET_ULP_INFO_LUA:
		mnl_attr_parse_nested(attr, read_lua, ulp->info);
		break;
	}
	return MNL_CB_OK;
}

static int read_attribute(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == INET_DIAG_ULP_INFO)
		mnl_attr_parse_nested(attr, read_ulp, data);
	return MNL_CB_OK;
}

static void read_address(const struct inet_diag_msg *msg, struct diag_socket *sock)
{
	sock->family = msg->idiag_family;
	sock->state = msg->idiag_state;
	inet_ntop(msg->idiag_family, msg->id.idiag_src, sock->local, sizeof(sock->local));
	inet_ntop(msg->idiag_family, msg->id.idiag_dst, sock->peer, sizeof(sock->peer));
	sock->port = ntohs(msg->id.idiag_sport);
	sock->peer_port = ntohs(msg->id.idiag_dport);
	sock->cookie = (unsigned long long)msg->id.idiag_cookie[1] << 32 |
		       msg->id.idiag_cookie[0];
	sock->inode = msg->idiag_inode;
}

static int read_message(const struct nlmsghdr *header, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(header);
	const struct dump *dump = data;
	struct diag_socket sock;
	struct ulp ulp = { .info = &sock.info };

	memset(&sock, 0, sizeof(sock));
	mnl_attr_parse(header, sizeof(*msg), read_attribute, &ulp);
	if (!ulp.is_lua)
		return MNL_CB_OK;
	read_address(msg, &sock);
	dump->visit(&sock, dump->arg);
	return MNL_CB_OK;
}

static int ask(struct mnl_socket *netlink, int family, char *buf)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *request;

	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = family;
	request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
	request->sdiag_family = family;
	request->sdiag_protocol = IPPROTO_TCP;
	/* what protocols say of a socket comes with its information */
	request->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	request->idiag_states = ~0U;
	return mnl_socket_sendto(netlink, header, header->nlmsg_len);
}

static int dump_family(struct mnl_socket *netlink, int family, struct dump *dump)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	int n, more = MNL_CB_OK;

	if (ask(netlink, family, buf) < 0)
		return -1;
	while (more > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(netlink, buf, sizeof(buf));
		if (n < 0)
			return -1;
		more = mnl_cb_run(buf, n, family, mnl_socket_get_portid(netlink),
				  read_message, dump);
	}
	return more;
}

/* diag_sockets() - visit all; 0, or a status */
int diag_sockets(void (*visit)(const struct diag_socket *sock, void *arg), void *arg)
{
	struct mnl_socket *netlink = mnl_socket_open(NETLINK_SOCK_DIAG);
	struct dump dump = { .visit = visit, .arg = arg };

	if (!netlink || mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    dump_family(netlink, AF_INET, &dump) < 0 ||
	    dump_family(netlink, AF_INET6, &dump) < 0) {
		complain("sock_diag: %s; sockets cannot be listed (CONFIG_INET_TCP_DIAG)",
			 strerror(errno));
		if (netlink)
			mnl_socket_close(netlink);
		return STATUS_SYSTEM;
	}
	mnl_socket_close(netlink);
	return STATUS_OK;
}
