#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Programs that know nothing of Lua, with a script on every TCP socket and
# without one: the same bytes, the same exit codes, the same errors. Over lo,
# and over a cable that loses, repeats and reorders packets.
#
# Each program's function prints what it saw, and nothing that depends on time.
# It uses at_server and at_client, which run a command in the namespace of one
# end, the second with the server at $server.

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../kselftest/ktap_helpers.sh"

preload=$here/lua_ulp_preload.so
work=$(mktemp -d)
services= launch=
trap 'stop_services; ip -all netns delete; rm -rf "$work"' EXIT

SIZE=${SIZE:-3000000}
PORT=8000

lay_lo() {
	ip netns add server
	ip -n server link set lo up
	client=server server=127.0.0.1
}

# lay_end NAMESPACE DEVICE ADDRESS
lay_end() {
	ip -n "$1" -batch - <<-END
		link set lo up
		address add $3/24 dev $2
		link set $2 up
	END
	tc -n "$1" qdisc add dev "$2" root netem limit 10000 \
		delay 1ms loss 0.5% duplicate 1% reorder 10% 50%
}

lay_lossy() {
	ip netns add server
	ip netns add client
	ip -n server link add near type veth peer name far netns client
	lay_end server near 10.0.0.1
	lay_end client far 10.0.0.2
	client=client server=10.0.0.1
}

in_namespace() {
	namespace=$1
	shift
	$launch ip netns exec "$namespace" env ${with:+LD_PRELOAD="$preload"} \
		${with:+LUA_ULP_SCRIPT="$work/script.lua"} "$@"
}
at_server() { in_namespace server "$@"; }
at_client() { in_namespace "$client" "$@"; }

# A server in the background, until the program's test is over
service() {
	{ launch=exec; at_server "$@"; } >"$work/service.log" 2>&1 </dev/null &
	services="$services $!"
}

stop_services() {
	# shellcheck disable=SC2086
	[ -z "$services" ] || { kill $services; wait $services; } 2>/dev/null
	services=
}

# Until the server listens; not by a connection, which it might count
wait_for_port() {
	tries=30
	while [ $tries -gt 0 ]; do
		[ -z "$(ip netns exec server ss -Htln "sport = :$1")" ] || return 0
		sleep 0.1
		tries=$((tries - 1))
	done
	echo "nothing listens at port $1"
	cat "$work/service.log"
	return 1
}

hash() { sha256sum | cut -d' ' -f1; }

# The programs. needs_*: commands without which one cannot run.

needs_iperf3=iperf3
run_iperf3() {
	for way in "" --reverse; do
		service iperf3 --server --one-off --port $PORT
		wait_for_port $PORT || return
		# shellcheck disable=SC2086
		at_client iperf3 --client "$server" --port $PORT --bytes 3M \
			--parallel 2 $way >"$work/iperf3.out" 2>&1
		echo "iperf3 $way: $?, $(grep -c receiver "$work/iperf3.out") sums"
		stop_services
	done
}

http() {
	name=$1
	shift
	at_client curl --silent --show-error --max-time 60 --output "$work/out" \
		--write-out "$name: %{http_code} %{num_connects} %{size_download}\n" \
		"$@" >"$work/said" 2>&1
	echo "$name: $?"
	sed 's/after [0-9]* ms/after a while/' "$work/said"
	[ ! -e "$work/out" ] || hash <"$work/out"
	rm -f "$work/out"
}

start_nginx() {
	mkdir -p "$work/www/put" "$work/nginx"
	cat >"$work/nginx.conf" <<-END
		daemon off; master_process off; user root;
		pid $work/nginx/pid; error_log $work/nginx/log;
		events {}
		http {
			access_log off; client_max_body_size 0;
			client_body_temp_path $work/nginx/body;
			proxy_temp_path $work/nginx/proxy;
			fastcgi_temp_path $work/nginx/fastcgi;
			uwsgi_temp_path $work/nginx/uwsgi;
			scgi_temp_path $work/nginx/scgi;
			server {
				listen $PORT; listen [::]:$PORT; root $work/www;
				location /put { dav_methods PUT; }
				location /post/ { proxy_pass http://127.0.0.1:$PORT/refused/; }
				location /refused/ { return 403; }
				location /proxy/ { proxy_pass http://127.0.0.1:$PORT/; }
			}
		}
	END
	cp "$work/bytes" "$work/www/file"
	echo hello >"$work/www/hello"
	service nginx -c "$work/nginx.conf" -e "$work/nginx/log"
	wait_for_port $PORT
}

needs_nginx="nginx curl"
run_nginx() {
	start_nginx || return
	url=http://$server:$PORT
	http get "$url/file"
	http keep-alive "$url/file" -o /dev/null "$url/file"
	http range --range 1000-300000 "$url/file"
	http missing --fail "$url/none"
	http put --upload-file "$work/bytes" "$url/put/sized"
	hash <"$work/www/put/sized"
	http chunked --header 'Transfer-Encoding: chunked' --upload-file - \
		"$url/put/chunked" <"$work/bytes"
	hash <"$work/www/put/chunked"
	http post --data-binary "@$work/bytes" "$url/post/x"
	http proxied "$url/proxy/file"
	http nobody "http://$server:1/"
	rm -rf "$work/www"
}

needs_ab="nginx ab"
run_ab() {
	start_nginx || return
	for keep in "" -k; do
		# shellcheck disable=SC2086
		at_client ab -q -n 100 -c 8 $keep "http://$server:$PORT/hello" \
			>"$work/ab.out" 2>&1
		echo "ab $keep: $?"
		grep -E '^(Complete|Failed|Non-2xx|HTML transferred)' "$work/ab.out"
	done
}

# Each answer must be the right one, and none may fail; how many there are depends
# on the time.
needs_wrk="nginx wrk"
run_wrk() {
	start_nginx || return
	head -c 30000 "$work/bytes" | base64 >"$work/www/text"
	cat >"$work/wrk.lua" <<-END
		local file = assert(io.open("$work/www/text"))
		local text = file:read("*a")
		function response(status, headers, body)
		    if status ~= 200 or body ~= text then
		        print("wrong: " .. status .. ", " .. #body .. " bytes")
		    end
		end
		function done(summary)
		    local e = summary.errors
		    print(e.connect, e.read, e.write, e.status, e.timeout,
		          summary.requests > 0 and "answers" or "no answer")
		end
	END
	for close in "" "Connection: close"; do
		at_client wrk --threads 2 --connections 8 --duration 2s --timeout 30s \
			--script "$work/wrk.lua" ${close:+--header "$close"} \
			"http://$server:$PORT/text" >"$work/wrk.out" 2>&1
		echo "wrk $close: $?"
		grep -E '^wrong|answer' "$work/wrk.out"
	done
	at_client wrk --duration 1s "http://$server:1/" 2>&1
	echo "nobody: $?"
}

needs_redis="redis-server redis-cli redis-benchmark"
run_redis() {
	service redis-server --port $PORT --save "" --appendonly no --dir "$work" \
		--protected-mode no
	wait_for_port $PORT || return
	at_client redis-cli -h "$server" -p $PORT -x set bytes <"$work/bytes"
	at_client redis-cli -h "$server" -p $PORT --raw get bytes | hash
	at_client redis-cli -h "$server" -p $PORT strlen bytes
	at_client redis-cli -h "$server" -p $PORT no such command 2>&1
	at_client redis-benchmark -h "$server" -p $PORT -n 200 -c 8 -P 4 -d 1000 \
		-t set,get,lpush -q >/dev/null 2>&1
	echo "redis-benchmark: $?"
	at_client redis-cli -h "$server" -p 1 ping 2>&1
	echo "nobody: $?"
}

needs_openssl="openssl"
run_openssl() {
	[ -e "$work/key" ] ||
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=guest \
			-keyout "$work/key" -out "$work/cert" 2>/dev/null
	service sh -c "cd $work && exec openssl s_server -quiet -accept $PORT \
		-key key -cert cert -WWW"
	wait_for_port $PORT || return
	for version in -tls1_2 -tls1_3; do
		printf 'GET /bytes HTTP/1.0\r\n\r\n' |
			at_client openssl s_client -quiet $version -ign_eof \
				-connect "$server:$PORT" 2>/dev/null >"$work/out"
		echo "s_client $version: $? $(hash <"$work/out")"
	done
	at_client openssl s_client -quiet -connect "$server:1" </dev/null \
		>/dev/null 2>&1
	echo "nobody: $?"
}

# sftp_to PORT: what is on standard input; without a shell, which may do anything
sftp_to() {
	at_client sftp -q -b - -F none -P "$1" -i "$work/ssh/key" \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR "root@$server"
}

needs_ssh="ssh sftp sshd ssh-keygen"
run_ssh() {
	mkdir -p "$work/ssh" /run/sshd
	for key in key host; do
		[ -e "$work/ssh/$key" ] ||
			ssh-keygen -q -t ed25519 -N "" -f "$work/ssh/$key" || return
	done
	service "$(command -v sshd)" -D -e -f none -p $PORT -h "$work/ssh/host" \
		-o PidFile=none -o UsePAM=no -o StrictModes=no -o PermitRootLogin=yes \
		-o AuthorizedKeysFile="$work/ssh/key.pub" -o "Subsystem=sftp internal-sftp"
	wait_for_port $PORT || return
	printf 'put %s %s\nget %s %s\n' "$work/bytes" "$work/there" "$work/there" \
		"$work/back" | sftp_to $PORT 2>&1
	echo "there and back: $? $(hash <"$work/there") $(hash <"$work/back")"
	rm -f "$work/there" "$work/back"
	echo "get $work/none" | sftp_to $PORT 2>&1
	echo "missing: $?"
	sftp_to 1 </dev/null 2>&1
	echo "nobody: $?"
}

needs_asyncio="python3"
run_asyncio() {
	cat >"$work/echo.py" <<-'END'
		import asyncio, hashlib, random, sys

		async def echo(reader, writer):
		    while data := await reader.read(7000):
		        writer.write(data)
		        await writer.drain()
		    writer.close()

		async def serve(port):
		    server = await asyncio.start_server(echo, None, port)
		    await server.serve_forever()

		async def talk(host, port, number):
		    reader, writer = await asyncio.open_connection(host, port)
		    sent, got = hashlib.sha256(), hashlib.sha256()
		    bytes = random.Random(number).randbytes(300000)
		    async def send():
		        at = 0
		        while at < len(bytes):
		            piece = bytes[at:at + 1 + at % 9001]
		            writer.write(piece)
		            sent.update(piece)
		            await writer.drain()
		            at += len(piece)
		        writer.write_eof()
		    async def receive():
		        while data := await reader.read(5000):
		            got.update(data)
		    await asyncio.gather(send(), receive())
		    print(number, got.hexdigest(), sent.digest() == got.digest())
		    writer.close()

		async def ask(host, port):
		    for number in range(3):
		        await talk(host, port, number)
		    try:
		        await asyncio.open_connection(host, 1)
		    except OSError as error:
		        print(error.errno)

		if sys.argv[1] == "serve":
		    asyncio.run(serve(int(sys.argv[2])))
		else:
		    asyncio.run(ask(sys.argv[2], int(sys.argv[3])))
	END
	service python3 "$work/echo.py" serve $PORT
	wait_for_port $PORT || return
	at_client python3 "$work/echo.py" ask "$server" $PORT 2>&1
	echo "asyncio: $?"
}

# The tests

calls() {
	ip netns exec server awk '$1 == "LuaCalls" { print $2 }' /proc/net/lua_stat 2>/dev/null
}

# run PROGRAM "" or PROGRAM yes: without a script, with one
run() {
	with=$2
	"run_$1" >"$work/seen-${2:-no}" 2>&1
	stop_services
	with=
}

missing() {
	for command in $1; do
		command -v "$command" >/dev/null || { echo "$command"; return; }
	done
}

check() {
	program=$1 network=$2
	title="${program}_over_${network}_does_not_notice_the_script"
	eval "needs=\$needs_$program"
	# shellcheck disable=SC2154
	lacking=$(missing "$needs")
	if [ -n "$lacking" ]; then
		ktap_test_skip "$title: there is no $lacking"
		return
	fi
	run "$program" ""
	before=$(calls)
	run "$program" yes
	after=$(calls)
	if [ ! -s "$work/seen-no" ] || ! cmp -s "$work/seen-no" "$work/seen-yes"; then
		diff -u "$work/seen-no" "$work/seen-yes" | sed 's/^/# /'
		sed 's/^/# service: /' "$work/service.log"
		ktap_test_fail "$title"
	elif [ "${after:-0}" -le "${before:-0}" ]; then
		echo "# no script has run"
		ktap_test_fail "$title"
	else
		ktap_test_pass "$title"
	fi
	[ -z "${VERBOSE:-}" ] || sed 's/^/# /' "$work/seen-yes"
}

# PROGRAMS="redis": only those; VERBOSE=1: tell what they saw; SIZE: bytes of what
# is transferred
programs=${PROGRAMS:-iperf3 nginx ab wrk redis openssl ssh asyncio}

ktap_print_header
if [ ! -e "$preload" ]; then
	ktap_skip_all "there is no lua_ulp_preload.so"
	exit "$KSFT_SKIP"
fi
# shellcheck disable=SC2086
set -- $programs
ktap_set_plan $(($# * 2))
echo 'function process() return true end' >"$work/script.lua"
head -c $SIZE /dev/urandom >"$work/bytes"
for network in lo lossy; do
	"lay_$network"
	for program in $programs; do
		check "$program" "$network"
	done
	ip -all netns delete
done
ktap_finished
