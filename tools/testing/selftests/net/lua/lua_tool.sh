# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What tests of lua-ulp on real programs share: a server in the background, connections
# to it, and how tests are run. For bash; $here is the folder in which this file is.
#
# Each test is a function; it ends with 0 if what its name says is so. What it
# printed is shown if it is not.

. "$here/../../kselftest/ktap_helpers.sh"

work=$(mktemp -d)
tool=$work/lua-ulp
PORT=8000
server=
# who writes to a connection that is gone gets an error
trap '' PIPE

# until_so COMMAND...: for half a minute at most
until_so() {
	local tries=300
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "never: $*"; return 1; }
		sleep 0.1
	done
}

is_served() { [ -n "$(ss -Htln "sport = :$PORT")" ]; }

# Lets COMMAND... serve in the background
serve() {
	stop_server
	"$@" >server.log 2>&1 </dev/null &
	server=$!
	until_so is_served || { cat server.log; return 1; }
}

stop_server() {
	[ -z "$server" ] || { kill $server; wait $server; } 2>/dev/null
	server=
}

# Connections have numbers, from 5 on: those of their descriptors
call() { eval "exec $1<>/dev/tcp/127.0.0.1/$PORT"; }
hang_up() { eval "exec $1>&-"; }

# Goes to $work, where the tool is as it is installed: beside its library
enter_work() {
	if [ ! -x "$here/lua-ulp" ]; then
		ktap_skip_all "there is no lua-ulp: its libraries were missing"
		exit "$KSFT_SKIP"
	fi
	cp "$here/lua-ulp" "$here/lua_ulp_preload.so" "$work" && cd "$work" || exit
}

# run_tests NAME...: in this shell, as connections and servers go on
run_tests() {
	local name
	ktap_set_plan $#
	for name; do
		"$name" >said 2>&1
		case $? in
		0) ktap_test_pass "$name" ;;
		"$KSFT_SKIP") ktap_test_skip "$name: $(cat said)" ;;
		*)
			sed 's/^/# /' said
			ktap_test_fail "$name"
			;;
		esac
	done
	ktap_finished
}
