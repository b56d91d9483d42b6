#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A large body is posted to nginx, with scripts that judge all of it: it arrives byte for
# byte, and what the scripts remember does not grow with it.

here=$(cd "$(dirname "$0")" && pwd)
. "$here/lua_tool.sh"

# bytes of the body; SIZE=100000000 takes a minute or two
SIZE=${SIZE:-8000000}
# where nginx itself gets an answer for the client
SINK=8001
# bytes that a state may have: some pieces of the body that are not collected yet, and
# far less than the body
MOST=600000

trap 'stop_server; rm -rf "$work"' EXIT

write_scripts() {
	cp "$here/lua/http_check.lua" .
	echo 'function process() return true end' >pass.lua
	# no more at once than there is memory for
	cat >copy.lua <<-'END'
		function process(data, size)
		    local n = math.min(size, 65536)
		    return true, n, data:segment(0, n)
		end
	END
	# waits for as much as a page at least
	cat >wait.lua <<-'END'
		function process(data, size)
		    local ended
		    while size < 4096 and not ended do size, ended = more(4096 - size) end
		    return true
		end
	END
}

# It keeps each body as a file.
write_nginx_conf() {
	cat >nginx.conf <<-END
		daemon off; master_process off; user root;
		pid $work/nginx.pid; error_log $work/nginx.log;
		events {}
		http {
			access_log off; client_max_body_size 0;
			client_body_in_file_only on;
			client_body_temp_path $work/body; proxy_temp_path $work/proxy;
			fastcgi_temp_path $work/fastcgi; uwsgi_temp_path $work/uwsgi;
			scgi_temp_path $work/scgi;
			server {
				listen 127.0.0.1:$PORT;
				location / {
					proxy_pass http://127.0.0.1:$SINK/;
					proxy_method GET;
					proxy_pass_request_body off;
					proxy_set_header Content-Length "";
				}
			}
			server { listen 127.0.0.1:$SINK; return 204; }
		}
	END
}

# counts NAME...: their sum
counts() {
	local name value wanted sum=0
	while read -r name value; do
		for wanted; do
			[ "$name" != "$wanted" ] || sum=$((sum + value))
		done
	done </proc/net/lua_stat
	echo $sum
}

# Each line: how many states there are, and their memory, while file "posting" is there
watch_memory() {
	while [ -e posting ]; do
		echo "$(counts LuaStatesNow) $(counts LuaMemoryNow)"
		sleep 0.02
	done >memory
}

post() {
	touch posting
	watch_memory &
	curl --silent --max-time 600 --output /dev/null --write-out '%{http_code}' \
		--request POST --upload-file bytes http://127.0.0.1:$PORT/ >answer
	rm posting
	wait $!
	[ "$(cat answer)" = 204 ] && return
	echo "the answer is $(cat answer)"
	cat nginx.log server.log
	return 1
}

memory_stays_small() {
	awk -v most=$MOST '
		$1 && $2 / $1 > max { max = $2 / $1 }
		END {
			print NR " samples, up to " max " bytes a state"
			exit !(max && max <= most)
		}' memory
}

hash() { sha256sum <"$1" | cut -d' ' -f1; }

# posts_through SCRIPT
posts_through() {
	local before
	rm -rf body
	mkdir body
	serve "$tool" run -s "$1" -p $PORT -- nginx -c "$work/nginx.conf" -e "$work/nginx.log" ||
		return
	before=$(counts LuaPassedBytes LuaReplacedBytes)
	post || return
	[ "$(hash bytes)" = "$(hash body/*)" ] || { ls -l bytes body; return 1; }
	[ $(($(counts LuaPassedBytes LuaReplacedBytes) - before)) -ge "$SIZE" ] ||
		{ echo "the script has not judged all of it"; return 1; }
	memory_stays_small
}

a_checked_body_arrives_whole() { posts_through http_check.lua; }
a_passed_body_arrives_whole() { posts_through pass.lua; }
a_body_replaced_by_itself_arrives_whole() { posts_through copy.lua; }
a_body_that_is_waited_for_arrives_whole() { posts_through wait.lua; }

ktap_print_header
enter_work
for command in nginx curl; do
	command -v $command >/dev/null && continue
	ktap_skip_all "there is no $command"
	exit "$KSFT_SKIP"
done
write_scripts
write_nginx_conf
head -c "$SIZE" /dev/urandom >bytes
run_tests a_checked_body_arrives_whole a_passed_body_arrives_whole \
	a_body_replaced_by_itself_arrives_whole a_body_that_is_waited_for_arrives_whole
