#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The scripts of samples/lua on servers that know nothing of them, with clients that
# people use.

here=$(cd "$(dirname "$0")" && pwd)
. "$here/lua_tool.sh"

samples=$here/lua

url=http://127.0.0.1:$PORT
trap 'stop_server; rm -rf "$work"' EXIT

# Servers

# serve_with SCRIPT [-e HOOK=FUNCTION...] -- COMMAND...
serve_with() { serve "$tool" run -s "$samples/$1" -p $PORT "${@:2}"; }

write_servers() {
	cat >echo.py <<-'END'
		import socketserver, sys

		class Echo(socketserver.StreamRequestHandler):
		    def handle(self):
		        try:
		            while data := self.request.recv(1000):
		                print('read', data, flush=True)
		                self.request.sendall(data)
		        except OSError as error:
		            print('error', error, flush=True)

		class Server(socketserver.ThreadingTCPServer):
		    allow_reuse_address = True
		    daemon_threads = True

		Server(('127.0.0.1', int(sys.argv[1])), Echo).serve_forever()
	END
	# tells what it was asked, and by whom on behalf of whom
	cat >asked.py <<-'END'
		import http.server, sys

		class Handler(http.server.BaseHTTPRequestHandler):
		    protocol_version = 'HTTP/1.1'
		    def do_GET(self):
		        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
		        answer = '%s %s %s for %s\n' % (self.command, self.path, body.decode(),
		                                        self.headers.get_all('X-Forwarded-For'))
		        print('asked', answer, end='', flush=True)
		        self.send_response(200)
		        self.send_header('Content-Length', str(len(answer)))
		        self.end_headers()
		        self.wfile.write(answer.encode())
		    do_POST = do_DELETE = do_GET

		server = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler)
		server.serve_forever()
	END
}

serve_echo() { serve_with "$1" "${@:2}" -- python3 echo.py $PORT; }
serve_asked() { serve_with "$1" "${@:2}" -- python3 asked.py $PORT; }

# Clients

http() { curl --silent --max-time 20 "$@"; }

# is TEXT COMMAND...: that is what it prints
is() {
	local said
	said=$("${@:2}" 2>&1 </dev/null)
	[ "$said" = "$1" ] || { echo "'$said', not '$1'"; return 1; }
}

# gets_nothing COMMAND...: it fails, and prints nothing
gets_nothing() {
	local said
	said=$("$@" 2>/dev/null </dev/null) && { echo "it did not fail"; return 1; }
	[ -z "$said" ] || { echo "it got '$said'"; return 1; }
}

# says CONNECTION LINE: what comes next
says() {
	local answer=
	read -r -t 20 -u "$1" answer
	answer=${answer%$'\r'}
	[ "$answer" = "$2" ] || { echo "connection $1 says '$answer', not '$2'"; return 1; }
}
ask() { printf '%s\r\n' "$2" >&"$1" && says "$1" "$3"; }
is_closed() {
	local rest
	read -r -t 20 -u "$1" rest
	# more than that if nothing has come
	[ $? = 1 ] || { echo "connection $1 is open and says '$rest'"; return 1; }
}

server_saw() { grep -qF -- "$1" server.log || { cat server.log; return 1; }; }
server_saw_no() { ! grep -F -- "$1" server.log; }

lacks() { command -v "$1" >/dev/null && return 1; echo "there is no $1"; }

# The tests

refuse_refuses_all() {
	serve_asked refuse.lua || return
	gets_nothing http $url/ && server_saw_no asked
}

http_check_serves_get() {
	serve_asked http_check.lua || return
	is "GET /a  for None" http $url/a
}
http_check_serves_post() { is "POST / name=value for None" http -d name=value $url/; }
http_check_refuses_delete() {
	gets_nothing http -X DELETE $url/b && server_saw_no DELETE
}

http_sanity_serves_get() {
	serve_asked http_sanity.lua || return
	is "GET /a  for None" http $url/a
}
http_sanity_refuses_post() { gets_nothing http -d x $url/b && server_saw_no POST; }

http_rewrite_says_who_asks() {
	serve_asked http_rewrite.lua || return
	is "GET /  for ['127.0.0.1']" http $url/
}
http_rewrite_takes_out_what_the_client_says() {
	is "POST / x=y for ['127.0.0.1']" \
		http -H 'X-Forwarded-For: 10.1.2.3' -H 'X_Forwarded-For: 10.1.2.3' -d x=y $url/
}
http_rewrite_does_each_request_of_a_connection() {
	is "$(printf "GET /%s  for ['127.0.0.1']\n" 1 2 3)" http $url/1 $url/2 $url/3
}

canned_answers_without_the_server() {
	serve_asked canned.lua || return
	is ok http $url/health && server_saw_no asked
}
canned_leaves_other_requests_to_the_server() {
	is "$(printf 'ok\nok\nGET /a  for None\n')" http $url/health $url/health $url/a &&
		server_saw 'asked GET /a' && server_saw_no health
}
canned_lets_the_server_answer_first() {
	is "$(printf 'GET /b  for None\nGET /health  for None\n')" http $url/b $url/health
}

handshake_welcomes_who_knows_the_word() {
	serve_echo handshake.lua || return
	call 5
	ask 5 'open sesame' welcome && ask 5 hello hello && server_saw_no sesame
}
handshake_turns_others_away() {
	call 6
	ask 6 'open barley' 'who are you?' && is_closed 6 && server_saw_no barley
	local told=$?
	hang_up 5
	hang_up 6
	return $told
}

tarpit_lets_nobody_through() {
	serve_echo tarpit.lua || return
	call 5
	ask 5 'EHLO a' '220-please hold the line' &&
		ask 5 'MAIL FROM:<a@b>' '220-please hold the line' && server_saw_no read
	local told=$?
	hang_up 5
	return $told
}

connection_limit_allows_three() {
	serve_echo connection_limit.lua -e accept=admit -e close=leave || return
	call 5 && call 6 && call 7 && ask 5 a a && ask 6 b b && ask 7 c c
}
connection_limit_refuses_the_fourth() {
	call 8
	printf 'd\r\n' >&8
	is_closed 8
	local told=$?
	hang_up 8
	return $told
}
connection_limit_notices_who_leaves() {
	local tries=100
	hang_up 5
	until call 8 && ask 8 e e; do
		hang_up 8
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done >/dev/null 2>&1
	hang_up 6
	hang_up 7
	hang_up 8
}

redact_cards_hides_them() {
	mkdir -p www
	echo 'card 4111 1111 1111 1111, order 4111111111111112; 1 4111111111111111' >www/bill
	serve_with redact_cards.lua -e send=redact -- python3 -m http.server -d www $PORT || return
	is 'card **** **** **** 1111, order 4111111111111112; 1 ************1111' http $url/bill
}

sni_allow_lets_names_on_the_list_through() {
	lacks openssl && return "$KSFT_SKIP"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=guest \
		-keyout key -out cert 2>/dev/null
	serve_with sni_allow.lua -- \
		openssl s_server -accept $PORT -key key -cert cert -www || return
	http -k --resolve guest.example:$PORT:127.0.0.1 https://guest.example:$PORT/ >page &&
		grep -q 's_server' page
}
sni_allow_refuses_other_names() {
	lacks openssl && return "$KSFT_SKIP"
	gets_nothing http -k --resolve other.example:$PORT:127.0.0.1 https://other.example:$PORT/ &&
		gets_nothing http -k https://127.0.0.1:$PORT/
}

redis_filter_lets_commands_through() {
	lacks redis-server && return "$KSFT_SKIP"
	serve_with redis_filter.lua -- redis-server --port $PORT --save "" --dir "$work" || return
	is OK redis-cli -p $PORT set color blue && is blue redis-cli -p $PORT get color
}
redis_filter_refuses_to_empty_the_server() {
	lacks redis-server && return "$KSFT_SKIP"
	! redis-cli -p $PORT flushall | grep OK && ! redis-cli -p $PORT keys '*' | grep color &&
		! redis-cli -p $PORT eval 'return redis.call("flushall")' 0 | grep OK &&
		is blue redis-cli -p $PORT get color
}

ssh_filter_lets_current_software_through() {
	lacks ssh-keyscan && return "$KSFT_SKIP"
	mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f host || return
	serve_with ssh_filter.lua -- "$(command -v sshd || echo /usr/sbin/sshd)" -D -e -p $PORT \
		-f /dev/null -h "$work/host" -o ListenAddress=127.0.0.1 || return
	ssh-keyscan -T 20 -p $PORT 127.0.0.1 2>&1 | grep -F "$(cut -d' ' -f2 host.pub)"
}
ssh_filter_refuses_the_vulnerable_release() {
	lacks ssh-keyscan && return "$KSFT_SKIP"
	call 5
	printf 'SSH-2.0-OpenSSH_6.4\r\n' >&5
	read -r -t 20 -u 5 banner
	is_closed 5
	local told=$?
	hang_up 5
	return $told
}

# their names begin with that of the script
tests=$(for script in "$samples"/*.lua; do
	sed -n "s/^\\($(basename "$script" .lua)_[a-z_]*\\)() {.*/\\1/p" "$0"
done)

ktap_print_header
enter_work
write_servers
# shellcheck disable=SC2086
run_tests $tests
