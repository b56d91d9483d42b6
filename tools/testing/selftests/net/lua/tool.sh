#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lua-ulp on real programs: run, attach, detach, stat, log, trace, and what it says
# when something is not allowed. (check.sh tests lua-ulp check.)

here=$(cd "$(dirname "$0")" && pwd)
. "$here/lua_tool.sh"

TRACING=/sys/kernel/tracing
modprobe_path=$(cat /proc/sys/kernel/modprobe 2>/dev/null)
watcher=

finish() {
	stop_server
	stop_watcher
	[ -z "$modprobe_path" ] || echo "$modprobe_path" >/proc/sys/kernel/modprobe
	rm -rf "$work"
}
trap finish EXIT

# The scripts

write_scripts() {
	cat >shout.lua <<-'END'
		function process(data) return true, tostring(data):upper() end
	END
	cat >shout2.lua <<-'END'
		function louder(data)
		    return true, (tostring(data):upper())
		end
	END
	cat >turn.lua <<-'END'
		function turn(data)
		    local line = tostring(data):gsub('\n', '')
		    return true, line:reverse() .. '\n'
		end
	END
	cat >get.lua <<-'END'
		local checked = false
		function process(data)
		    if checked then return true end
		    if not tostring(data):find('^GET ') then return false, 'no GET' end
		    checked = true
		    return true
		end
	END
	cat >say.lua <<-'END'
		function process(data)
		    print('got ' .. tostring(data))
		    if tostring(data):find('^bad') then return false end
		    if tostring(data):find('^fail') then error('as asked') end
		    return true
		end
	END
	cat >mask.lua <<-'END'
		function mask(data) return true, (tostring(data):gsub('%d', '*')) end
		function meet(conn) return true end
		function shun(conn) return false, 'not today' end
	END
	echo 'function process() return false end' >refuse.lua
	printf 'local x = 1\nfunction process( return true end\n' >broken.lua
	cat >echo.py <<-'END'
		import socketserver, sys, time

		class Echo(socketserver.StreamRequestHandler):
		    def handle(self):
		        try:
		            while data := self.request.recv(1000):
		                self.request.sendall(data)
		        except OSError:
		            time.sleep(60)      # stays there to be counted

		class Server(socketserver.ThreadingTCPServer):
		    allow_reuse_address = True
		    daemon_threads = True
		    request_queue_size = 64

		Server(('127.0.0.1', int(sys.argv[1])), Echo).serve_forever()
	END
	# connections one after the other: is each of them judged?
	cat >callers.py <<-'END'
		import socket, sys, os

		n = 0
		while not os.path.exists('enough'):
		    with socket.create_connection(('127.0.0.1', int(sys.argv[1])), 20) as sock:
		        sock.settimeout(20)
		        sock.sendall(b'hello')
		        answer = b''
		        while len(answer) < 5:
		            part = sock.recv(5)
		            if not part:
		                sys.exit('a connection was dropped')
		            answer += part
		        if answer != b'HELLO':
		            sys.exit('a connection was not judged: %r' % answer)
		    n += 1
		print(n, 'connections')
		sys.exit(n == 0)
	END
}

# Servers and clients

serve_echo() { serve python3 echo.py $PORT; }

# ask CONNECTION TEXT ANSWER: this is what comes back
ask() {
	local answer=
	echo "$2" >&"$1" && read -r -t 20 -u "$1" answer
	[ "$answer" = "$3" ] || { echo "connection $1 answers '$answer', not '$3'"; return 1; }
}

# ask_new TEXT ANSWER
ask_new() {
	call 9 && ask 9 "$1" "$2"
	local answered=$?
	hang_up 9
	return $answered
}

http() { curl -s -o /dev/null -w '%{http_code}' --max-time 20 "$@"; }
answers() {
	local code
	code=$(http "${@:2}")
	[ "$code" = "$1" ] || { echo "curl: $code, not $1"; return 1; }
}

# says STATUS TEXT COMMAND...: it ends so, and says that
says() {
	local wanted=$1 text=$2 status
	shift 2
	"$@" >out 2>&1 </dev/null
	status=$?
	cat out
	[ $status = "$wanted" ] || { echo "status $status, not $wanted"; return 1; }
	[ -z "$text" ] || tr '\n' '~' <out | grep -qF -- "$text" || { echo "does not say: $text"; return 1; }
}

# is_so EXPRESSION: of Python, on the JSON on standard input
is_so() {
	python3 -c 'import json, sys
all = json.loads(sys.stdin.readline())
sys.exit(not eval(sys.argv[1]))' "$1"
}
has_refused_once() {
	"$tool" stat --json | is_so 'sum(r["refused"] for r in all["refusals"]) == 1'
}

nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

is_watching() { compgen -G "$TRACING/instances/lua-ulp-*/events/lua" >/dev/null; }
is_not_watching() { ! compgen -G "$TRACING/instances/lua-ulp-*" >/dev/null; }
enabled() { grep -qsx 1 "$TRACING"/instances/lua-ulp-*/events/lua/"$1"/enable; }

# Lets lua-ulp ARGUMENTS... watch, until EVENT can be seen
watch_for() {
	local event=$1
	shift
	"$tool" "$@" >watched 2>&1 </dev/null &
	watcher=$!
	until_so enabled "$event"
}
stop_watcher() {
	[ -z "$watcher" ] || { kill $watcher; wait $watcher; } 2>/dev/null
	watcher=
}
has_seen() { grep -qE -- "$1" watched; }
sees() { until_so has_seen "$1" || { cat watched; return 1; }; }

module_is_there() { [ -e /proc/net/lua_stat ] && echo "the module is there"; }

# The tests

without_the_module_root_is_told_to_build_it() {
	modprobe -r lua_ulp 2>/dev/null
	module_is_there && return "$KSFT_SKIP"
	echo /bin/false >/proc/sys/kernel/modprobe
	says 4 'has no upper layer protocol "lua": there is no module' \
		"$tool" run -s shout.lua -- true
	local told=$?
	echo "$modprobe_path" >/proc/sys/kernel/modprobe
	return $told
}
without_the_module_others_are_told_to_load_it() {
	module_is_there && return "$KSFT_SKIP"
	says 4 "run 'modprobe lua_ulp' as root" nobody "$tool" run -s shout.lua -- true
}
without_the_module_there_is_nothing_to_count() {
	module_is_there && return "$KSFT_SKIP"
	says 4 "'modprobe lua_ulp' loads Lua" "$tool" stat
}

run_ends_as_the_program_does() { says 7 '' "$tool" run -s shout.lua -- sh -c 'exit 7'; }
run_passes_arguments_on() { says 0 'a b~-s~' "$tool" run -s shout.lua printf '%s\n' 'a b' -s; }
run_says_that_there_is_no_program() {
	says 127 'none: No such file' "$tool" run -s shout.lua -- ./none
}
run_finds_errors_before_the_program_starts() {
	says 1 'broken.lua:2: <name> or ' "$tool" run -s broken.lua -- touch started &&
		says 1 "has no function 'none'" "$tool" run -s shout.lua -e none touch started &&
		[ ! -e started ]
}
run_shows_the_line_with_the_error() {
	says 1 '     2 | function process( return true end~       |                   ^^^^^^~' \
		"$tool" run -s broken.lua true
}
run_wants_a_script_and_a_program() {
	says 2 'usage: lua-ulp run' "$tool" run -- true &&
		says 2 'usage: lua-ulp run' "$tool" run -s shout.lua
}
run_filters_a_server() {
	serve "$tool" run -s get.lua -- python3 -m http.server $PORT || return
	answers 200 http://127.0.0.1:$PORT/ &&
		answers 000 --data x http://127.0.0.1:$PORT/
}
run_filters_at_a_port() {
	serve "$tool" run -s get.lua -p $PORT python3 -m http.server $PORT || return
	answers 200 http://127.0.0.1:$PORT/ && answers 000 --data x http://127.0.0.1:$PORT/
}
run_leaves_other_ports_alone() {
	serve "$tool" run -s get.lua -p 1 python3 -m http.server $PORT || return
	answers 501 --data x http://127.0.0.1:$PORT/
}
run_filters_a_client() {
	serve python3 -m http.server $PORT || return
	curl -sf -o /dev/null http://127.0.0.1:$PORT/ || return
	! "$tool" run -s refuse.lua curl -sf -o /dev/null --max-time 20 http://127.0.0.1:$PORT/
}
run_filters_a_client_by_the_port() {
	! "$tool" run -s refuse.lua -p $PORT curl -sf -o /dev/null http://127.0.0.1:$PORT/ &&
		"$tool" run -s refuse.lua -p 1 curl -sf -o /dev/null http://127.0.0.1:$PORT/
}

run_judges_what_a_server_sends() {
	serve "$tool" run -s mask.lua -e send=mask -e accept=meet python3 echo.py $PORT || return
	ask_new 'id 1234' 'id ****'
}
run_judges_connections() {
	serve "$tool" run -s mask.lua -e accept=shun python3 echo.py $PORT || return
	! ask_new hello hello
}

attach_filters_a_running_server() {
	serve_echo || return
	call 5
	ask 5 hello hello &&
		says 0 "1 socket of process $server at port $PORT: shout.lua" \
			"$tool" attach -s shout.lua --pid $server --port $PORT &&
		ask_new hello HELLO
}
attach_leaves_old_connections_alone() { ask 5 hello hello; }
attach_again_replaces_the_script() {
	call 6
	ask 6 hello HELLO &&
		"$tool" attach -s turn.lua -e turn --pid $server --port $PORT && ask_new hello olleh
}
a_replaced_script_drops_no_connection() { ask 6 hello HELLO && ask 5 hello hello; }
attach_reaches_connections_on_demand() {
	# the server waits for the first one's bytes, which had no script so far
	"$tool" attach -c -s turn.lua -e turn --pid $server --port $PORT &&
		ask 5 hello hello && ask 5 hello olleh && ask 6 hello olleh
}
a_bad_script_changes_nothing() {
	says 1 'broken.lua:2:' "$tool" attach -c -s broken.lua --pid $server --port $PORT &&
		ask_new hello olleh && ask 6 hello olleh
}
detach_goes_back_to_passing() {
	says 0 'nothing is judged' "$tool" detach --pid $server --port $PORT &&
		ask_new hello hello && ask 6 hello olleh
}
detach_reaches_connections_on_demand() {
	"$tool" detach -c --pid $server --port $PORT && ask 5 hello hello && ask 6 hello hello
}
detach_twice_is_no_error() { "$tool" detach -c --pid $server --port $PORT; }
attach_after_detach_filters_again() {
	"$tool" attach -s shout.lua --pid $server --port $PORT && ask_new hello HELLO
}
attach_takes_other_hooks_and_leaves_none_behind() {
	"$tool" attach -s mask.lua -e send=mask --pid $server --port $PORT &&
		ask_new 'id 1234' 'id ****' &&
		"$tool" attach -s shout.lua --pid $server --port $PORT && ask_new 'id 1234' 'ID 1234'
}
no_connection_is_dropped_or_goes_unjudged_meanwhile() {
	rm -f enough
	python3 callers.py $PORT >callers.out 2>&1 &
	local callers=$! ok=0 i
	for i in 1 2 3 4 5 6; do
		"$tool" attach -s shout2.lua -e louder --pid $server --port $PORT &&
			"$tool" attach -s shout.lua --pid $server --port $PORT || ok=1
	done
	touch enough
	wait $callers || ok=1
	cat callers.out
	return $ok
}
attach_says_that_nobody_listens_there() {
	says 4 "no TCP socket that listens at port 1" \
		"$tool" attach -s shout.lua --pid $server --port 1
}
attach_says_that_there_is_no_process() {
	says 4 'there is no process 4194304' "$tool" attach -s shout.lua --pid 4194304 --port 1
}
attach_wants_a_process_and_a_port() {
	says 2 'usage: lua-ulp attach' "$tool" attach -s shout.lua --pid $server &&
		says 2 'is no port' "$tool" attach -s shout.lua --pid $server --port 70000
}
detach_says_that_there_is_no_script() {
	serve_echo || return
	says 4 'has a script' "$tool" detach --pid $server --port $PORT
}

stat_counts() {
	serve "$tool" run -s get.lua -- python3 -m http.server $PORT || return
	answers 200 http://127.0.0.1:$PORT/ && says 0 'LuaLoaded' "$tool" stat
}
stat_lists_sockets() { says 0 "listening    " "$tool" stat; }
json_is_json() {
	serve "$tool" run -s say.lua -- python3 echo.py $PORT || return
	call 5
	ask 5 hello hello
	"$tool" stat --json --port $PORT >json || return
	cat json
	python3 - <<-END
		import json
		all = json.load(open('json'))
		assert all['namespace']['LuaLoaded'] >= 1
		listener, = [s for s in all['sockets'] if s['state'] == 'listening']
		assert listener['port'] == $PORT and listener['flags'][0] == 'script'
		sock, = [s for s in all['sockets'] if s['state'] == 'established']
		assert sock['local'] == sock['peer'] == '127.0.0.1'
		assert sock['calls'] == 1 and sock['bytes_passed'] == 6, sock
		assert sock['prints'] == 1 and sock['instructions_last'] > 0
		assert 'state' in sock['flags'] and sock['memory'] > 0
	END
}
json_has_the_refusals() {
	call 6
	echo bad >&6
	until_so has_refused_once || { "$tool" stat; return 1; }
}
watch_goes_on() {
	timeout 10 "$tool" stat --json --watch=1 | head -n 2 >json
	[ "$(wc -l <json)" = 2 ] && tail -n 1 json | is_so 'all["namespace"]'
}
stat_of_another_port_lists_nothing() {
	"$tool" stat -j -p 1 | is_so 'all["sockets"] == []'
}

log_shows_what_scripts_print() {
	serve "$tool" run -s say.lua -- python3 echo.py $PORT || return
	watch_for lua_print log -p $PORT || return
	call 5
	ask 5 hello hello && sees ">$PORT got hello"
}
log_lets_nobody_speak_to_the_terminal() {
	printf 'a\033[2Jb\n' >&5
	sees 'got a\\x1b\[2Jb\\n$' && read -r -t 20 -u 5 _
}
log_leaves_nothing_behind() {
	stop_watcher
	until_so is_not_watching
}
log_ends_after_as_many_lines() {
	watch_for lua_print log -n 1 || return
	ask 5 hello hello && wait $watcher && watcher= && [ "$(wc -l <watched)" = 1 ]
}
log_of_another_port_shows_nothing() {
	watch_for lua_print log -p 1 || return
	ask 5 hello hello
	sleep 0.5
	stop_watcher
	[ ! -s watched ] || { cat watched; return 1; }
}
trace_shows_verdicts() {
	watch_for lua_load trace -p $PORT || return
	ask 5 hello hello && sees 'receive: pass, 6 bytes shown, 6 meant$'
}
trace_shows_refusals() {
	call 6
	echo bad >&6
	sees 'receive: refuse, 4 bytes shown'
}
trace_shows_errors() {
	call 7
	echo fail >&7
	sees 'error: script:4: as asked \(Invalid argument\)$'
}
trace_shows_what_is_loaded() {
	"$tool" attach -s shout.lua --pid $server --port $PORT && sees 'load: [0-9]+ bytes: good$'
	local seen=$?
	stop_watcher
	return $seen
}

without_privilege_check_works() { says 0 good nobody "$tool" check shout.lua; }
without_privilege_stat_works() { says 0 LuaLoaded nobody "$tool" stat; }
without_privilege_run_says_what_it_needs() {
	says 4 'this needs CAP_NET_ADMIN: run it as root' nobody "$tool" run -s shout.lua touch started &&
		[ ! -e started ]
}
without_privilege_attach_says_what_it_needs() {
	says 4 'this needs CAP_NET_ADMIN' nobody "$tool" attach -s shout.lua --pid $server --port $PORT
}
without_privilege_detach_says_what_it_needs() {
	says 4 'not yours to take: run this as root' nobody "$tool" detach --pid $server --port $PORT
}
without_privilege_log_says_what_it_needs() {
	says 4 'run this as root' nobody "$tool" log && says 4 'run this as root' nobody "$tool" trace
}
unprivileged_use_can_be_allowed() {
	sysctl -q net.lua.unprivileged=1
	says 0 '' nobody "$tool" run -s shout.lua true
	local ran=$?
	sysctl -q net.lua.unprivileged=0
	return $ran
}
help_fits_on_a_screen() {
	says 0 'lua-ulp COMMAND' "$tool" --help && [ "$(wc -l <out)" -le 40 ] &&
		[ "$(wc -L <out)" -le 80 ] && says 0 'lua-ulp COMMAND' "$tool" stat --help
}
no_command_is_a_usage_error() { says 2 'Usage' "$tool" && says 2 'no command' "$tool" none; }

# In the order in which they stand above
tests=$(sed -n '/^# The tests/,/^# In the order/s/^\([a-z_]*\)() {.*/\1/p' "$here/${0##*/}")

ktap_print_header
for command in curl python3 setpriv ss; do
	command -v $command >/dev/null && continue
	ktap_skip_all "there is no $command"
	exit "$KSFT_SKIP"
done
enter_work
write_scripts
# everybody can read them
chmod 755 "$work"
chmod a+r ./*
# shellcheck disable=SC2086
run_tests $tests
