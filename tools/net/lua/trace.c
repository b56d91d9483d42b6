// SPDX-License-Identifier: GPL-2.0
/*
 * lua-ulp log, trace: the tracepoints of the protocol, live, in a trace instance
 * of their own, so that nobody else's tracing is touched. They are read as
 * records, because a text may have any byte in it.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tracefs.h>

#include "lua-ulp.h"

#define SYSTEM	"lua"

struct trace {
	int port;
	long long lines;	/* that are left to be shown; negative: all */
	struct tracefs_instance *instance;
	struct tep_handle *tep;
};

static unsigned long long number_of(struct tep_event *event, struct tep_record *record,
				    const char *name)
{
	unsigned long long n = 0;

	tep_get_field_val(NULL, event, name, record, &n, 0);
	return n;
}

static void print_text(struct tep_event *event, struct tep_record *record,
		       const char *name)
{
	int len = 0;
	const char *text = tep_get_field_raw(NULL, event, name, record, &len, 0);

	/* the terminating NUL counts */
	if (text && len > 0)
		dump_escaped(text, len - !text[len - 1]);
}

static void print_socket(struct tep_event *event, struct tep_record *record)
{
	printf("%llu.%06llu %llu>%llu ", record->ts / 1000000000,
	       record->ts / 1000 % 1000000, number_of(event, record, "dport"),
	       number_of(event, record, "sport"));
}

static void print_verdict(struct tep_event *event, struct tep_record *record)
{
	printf("%s: ", hook_name(number_of(event, record, "hook")));
	print_text(event, record, "action");
	printf(", %llu bytes shown, %llu meant\n", number_of(event, record, "size"),
	       number_of(event, record, "len"));
}

static void print_failure(struct tep_event *event, struct tep_record *record)
{
	int err = number_of(event, record, "err");

	printf("%s: ", strcmp(event->name, "lua_limit") ? "error" : "limit");
	print_text(event, record, "text");
	printf(" (%s)\n", strerror(-err));
}

static void print_load(struct tep_event *event, struct tep_record *record)
{
	int err = number_of(event, record, "err");

	printf("load: %llu bytes: %s\n", number_of(event, record, "size"),
	       err ? strerror(-err) : "good");
}

static void print_line(struct tep_event *event, struct tep_record *record)
{
	print_text(event, record, "text");
	putchar('\n');
}

static const struct {
	const char *name;
	void (*print)(struct tep_event *event, struct tep_record *record);
	bool log;	/* log shows it, or else trace */
} events[] = {
	{ "lua_print", print_line, true },
	{ "lua_verdict", print_verdict, false },
	{ "lua_error", print_failure, false },
	{ "lua_limit", print_failure, false },
	{ "lua_load", print_load, false },
};

static int print_record(struct tep_event *event, struct tep_record *record, int cpu,
			void *arg)
{
	struct trace *trace = arg;

	(void)cpu;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		if (strcmp(event->name, events[i].name))
			continue;
		print_socket(event, record);
		events[i].print(event, record);
		if (trace->lines > 0)
			trace->lines--;
		return !trace->lines;
	}
	return 0;
}

static int explain(const char *what)
{
	if (errno == EACCES || errno == EPERM)
		complain("%s: tracing needs privilege: run this as root", what);
	else
		complain("%s: %s; is the module lua_ulp loaded, and tracefs mounted at "
			 "/sys/kernel/tracing?", what, strerror(errno));
	return STATUS_SYSTEM;
}

static int enable(struct trace *trace, bool log)
{
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		if (log == events[i].log &&
		    tracefs_event_enable(trace->instance, SYSTEM, events[i].name))
			return explain(events[i].name);
	}
	return STATUS_OK;
}

static int set_filter(struct trace *trace)
{
	char filter[64];

	if (!trace->port)
		return STATUS_OK;
	snprintf(filter, sizeof(filter), "sport == %d || dport == %d", trace->port,
		 trace->port);
	if (tracefs_instance_file_write(trace->instance, "events/" SYSTEM "/filter",
					filter) < 0)
		return explain("filter");
	return STATUS_OK;
}

static int open_trace(struct trace *trace)
{
	static const char *const systems[] = { SYSTEM, NULL };
	char name[32];

	snprintf(name, sizeof(name), "lua-ulp-%d", getpid());
	trace->instance = tracefs_instance_create(name);
	if (!trace->instance)
		return explain("tracefs");
	trace->tep = tracefs_local_events_system(NULL, systems);
	if (!trace->tep || !tep_find_event_by_name(trace->tep, SYSTEM, events[0].name)) {
		errno = ENOENT;
		return explain("events/" SYSTEM);
	}
	return set_filter(trace);
}

static void close_trace(struct trace *trace)
{
	if (trace->tep)
		tep_free(trace->tep);
	if (!trace->instance)
		return;
	tracefs_instance_destroy(trace->instance);
	tracefs_instance_free(trace->instance);
}

/* Signals wait until the records are read, so that the instance is removed. */
static void block_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGPIPE);
	sigprocmask(SIG_BLOCK, signals, NULL);
}

/* Records are looked for ten times a second. */
static int follow(struct trace *trace, const sigset_t *signals)
{
	static const struct timespec pause = { .tv_nsec = 100000000 };

	do {
		tracefs_iterate_raw_events(trace->tep, trace->instance, NULL, 0,
					   print_record, trace);
		fflush(stdout);
	} while (trace->lines && !ferror(stdout) &&
		 sigtimedwait(signals, NULL, &pause) < 0);
	return STATUS_OK;
}

static int parse(struct trace *trace, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "lines", required_argument, NULL, 'n' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "p:n:", longs, NULL)) >= 0) {
		switch (c) {
		case 'p':
			trace->port = parse_port(optarg);
			if (trace->port < 0)
				return usage_error(argv[0], "%s is no port", optarg);
			break;
		case 'n':
			trace->lines = parse_number(optarg, 1, __LONG_LONG_MAX__);
			if (trace->lines < 0)
				return usage_error(argv[0], "%s is no number of lines", optarg);
			break;
		default:
			return usage_error(argv[0], NULL);
		}
	}
	if (optind != argc)
		return usage_error(argv[0], "what is '%s'?", argv[optind]);
	return STATUS_OK;
}

static int run(int argc, char **argv, bool log)
{
	struct trace trace = { .lines = -1 };
	int status = parse(&trace, argc, argv);
	sigset_t signals;

	if (status)
		return status;
	block_signals(&signals);
	status = open_trace(&trace);
	if (!status)
		status = enable(&trace, log);
	if (!status)
		status = follow(&trace, &signals);
	close_trace(&trace);
	return status;
}

int cmd_log(int argc, char **argv)
{
	return run(argc, argv, true);
}

int cmd_trace(int argc, char **argv)
{
	return run(argc, argv, false);
}
