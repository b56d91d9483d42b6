/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs that measure share. Each is one process on one CPU, with both ends of
 * its connections, so that what it counts between two looks at the clock is all that
 * the kernel did. Whatever fails ends the program with a message.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/lua.h>

#ifndef SOL_LUA
#define SOL_LUA 288
#endif

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* clock.c: under -icount a nanosecond is an instruction */
uint64_t ticks(void);
uint64_t ticks_cost(void);
void clock_check(void);
/* for scripts/bench-profile: what is between two of them is counted, if BENCH_MARK is set */
void clock_mark(long operations);

/* tcp.c */
#define BENCH_BUFFER (1 << 20)

struct pair {
	int client;
	int server;
};

int tcp_listen(int port, int backlog);
int tcp_port(int fd);
int tcp_connect_to(int host, int port);
int tcp_connect(int port);
int tcp_accept(int listener);
void tcp_tune(int fd);
void tcp_send(int fd, const void *buf, size_t len);
void tcp_recv(int fd, void *buf, size_t len);
void pair_open(struct pair *pair);
void pair_close(struct pair *pair);

/* script.c */
char *read_text(const char *path, size_t *len);
void script_attach(int fd);
void script_load(int fd, const char *text, size_t len);
void script_hook(int fd, unsigned int hook, const char *name);
void script_judge(int fd, unsigned int hook, const char *path);
void script_info(int fd, struct ss_lua_info *info);
const char *script_error(int fd);
long proc_value(const char *path, const char *name);
void proc_write(const char *path, const char *text);

/* request.c: HTTP requests of a given size */
#define REQUEST_MIN 48
void request_fill(char *buf, size_t size);

/* stat.c */
struct samples {
	size_t n;
	size_t max;
	double *value;
};

void samples_reset(struct samples *s);
void samples_add(struct samples *s, double value);
double samples_median(struct samples *s);
double samples_mean(const struct samples *s);
double samples_max(const struct samples *s);

/* bpf.c */
struct rival;
struct rival *bpf_open(const char *name, const struct pair *pair);
int bpf_enter_cgroup(void);
void bpf_leave_cgroup(void);
void bpf_close(struct rival *rival);

/* user_lua.c: the script in user space; whether it passes @buf */
struct user_lua;
struct user_lua *user_lua_open(const char *path);
bool user_lua_judge(struct user_lua *lua, const char *buf, size_t len);
void user_lua_close(struct user_lua *lua);

#endif
