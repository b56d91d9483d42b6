#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# lua-ulp check: what it says about scripts, the manual's among them, and with which
# status it ends. It needs no kernel that has Lua. LUA_ULP= is the program to test.

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../kselftest/ktap_helpers.sh"

tool=${LUA_ULP:-$here/lua-ulp}
manual=$here/lua.rst
[ -e "$manual" ] || manual=$here/../../../../../Documentation/networking/lua.rst
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit

# Scripts and what they are given

echo 'function process() return true end' >pass.lua
cat >http.lua <<'END'
local checked = false
print('begins')

function process(data, size)
    if checked then return true end
    local line = tostring(data:segment(0, 512)):match('^(.-)\r\n')
    if not line and size < 512 then return true, 0 end
    checked = line and line:match('^GET /[%w/._-]* HTTP/1%.[01]$')
    if not checked then return false, 'not a plain GET' end
    return true
end
END
cat >syntax.lua <<'END'
local x = 1
function process() return true end end
END
cat >count.lua <<'END'
for i = 1, 100000 do end
function process() return true end
END
cat >open.lua <<'END'
function process()
    if true then
        return 1

-- no end
END
cat >words.lua <<'END'
	local é = 'é' x y
END
printf 'local s = "a\\tb" "c\\td"\n' >escape.lua
printf 'local x = "abc\n' >string.lua
cat >runtime.lua <<'END'
function process(data)
    return data.nothing.more
end
END
cat >chunk.lua <<'END'
function process() return true end
error('no luck')
END
cat >plain.lua <<'END'
error('no luck', 0)
END
cat >table.lua <<'END'
error({ 'no luck' })
END
cat >comment.lua <<'END'
function process(data)
	return data.none.more -- none
end
END
cat >twice.lua <<'END'
function process(data)
    return data.none.more, 'none'
end
END
cat >call.lua <<'END'
function process(data)
    local at = data:find(nil)
end
END
cat >quotient.lua <<'END'
function process(data, size)
    return true, size / 2 // 1
end
END
cat >caller.lua <<'END'
local function check(x) if not x then error('check it', 2) end end
function process()
    check(false)
end
END
cat >nested.lua <<'END'
function process()
    pcall(error, 'caught')
    assert(load('x ='))
end
END
cat >handler.lua <<'END'
local http = require 'http'
process = require('conn').handler(function(c)
    c:receive(1)
    c:pass(1)
    http.request(1)
end)
END
cat >hooks.lua <<'END'
local http = require 'http'
pcall(function() http.request(1) end)
process = http.filter(print, 1)
END
cat >tail.lua <<'END'
local http = require 'http'
function process() return http.request(1) end
END
for call in http.request tls.hello ssh.identification resp.command dns.message; do
	cat >${call%.*}_call.lua <<-END
		local ${call%.*} = require '${call%.*}'
		function process()
		    local result = $call(1)
		end
	END
done
cat >library_loop.lua <<'END'
local ssh = require 'ssh'
function process()
    while true do ssh.identification('SSH-2.0-x\r\n') end
end
END
cat >loop.lua <<'END'
function process()
    while true do end
end
END
cat >glutton.lua <<'END'
function process()
    return true, ('x'):rep(1 << 30)
end
END
cat >verdict.lua <<'END'
function process()
    return 42
end
END
cat >upper.lua <<'END'
function process(data) return true, tostring(data):upper() end
END
cat >first.lua <<'END'
function process(data, size)
    local ended
    while size < 4 and not ended do size, ended = more(4 - size) end
    if ended then return true end
    pass(3)
    return drop, 4
end
END
cat >waits.lua <<'END'
function process() return true, 0 end
END
cat >last.lua <<'END'
function process(data, size)
    local ended
    repeat size, ended = more() until ended
    return true, '<' .. tostring(data) .. '>'
end
END
cat >socket.lua <<'END'
print(sk.peer, sk.peer_port, sk.port, sk.state)
function process()
    print('received', sk.received)
    sk:send('go away\n')
    sk:abort()
    return true
end
END
cat >other.lua <<'END'
function judge() return true end
END
cat >both.lua <<'END'
function send(data) return true, (tostring(data):gsub('%d', '*')) end
function accept(conn) return conn.peer ~= '192.0.2.1' end
END
printf 'function process() return true end\0' >nul.lua
printf '\033Lua' >binary.lua
printf '' >empty.lua
head -c 70000 /dev/zero | tr '\0' ' ' >large.lua
printf 'GET /index.html HTTP/1.0\r\nHost: a\r\n\r\n' >good
printf 'POST / HTTP/1.0\r\n\r\n' >bad
printf '\001\002\003abcdefghijklmnopqrstuvw' >bytes
printf 'abcdefghij' >letters
printf 'id=12345678' >digits

# Two connections: the first has lost, repeated and disordered segments, and
# sequence numbers that wrap; the second is refused. IPv6 in a file of its own.
cat >capture.py <<'END'
import struct, sys

def address(text):
    import socket
    family = socket.AF_INET6 if ':' in text else socket.AF_INET
    return socket.inet_pton(family, text)

def packet(source, sport, target, dport, seq, flags, data=b''):
    source, target = address(source), address(target)
    tcp = struct.pack('>HHIIBBHHH', sport, dport, seq & 0xffffffff, 0, 5 << 4, flags,
                      65535, 0, 0) + data
    if len(source) == 16:
        ip = struct.pack('>IHBB', 6 << 28, len(tcp), 6, 64) + source + target
        return bytes(12) + b'\x86\xdd' + ip + tcp
    ip = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + source + target
    return (bytes(12) + b'\x08\0' + ip + tcp).ljust(60, b'\0')

def write(name, packets):
    with open(name, 'wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for bytes in packets:
            file.write(struct.pack('<IIII', 0, 0, len(bytes), len(bytes)) + bytes)

SYN, FIN, PUSH, ACK = 2, 1, 8, 16
a, b, c = '10.0.0.1', '10.0.0.2', '10.0.0.3'
isn = 0xfffffff0
write('two.pcap', [
    packet(a, 5000, b, 80, isn, SYN),
    packet(b, 80, a, 5000, 7, SYN | ACK),
    packet(a, 5000, b, 80, isn, SYN),
    packet(c, 5000, b, 80, 1, SYN),
    packet(a, 5000, b, 80, isn + 1, PUSH | ACK, b'GET /a HTT'),
    packet(c, 5000, b, 80, 2, PUSH | ACK, b'POST / HTTP/1.0\r\n\r\n'),
    packet(a, 5000, b, 80, isn + 16, PUSH | ACK, b'\r\n\r\n'),
    packet(b, 80, a, 5000, 8, PUSH | ACK, b'never judged'),
    packet(a, 5000, b, 80, isn + 1, PUSH | ACK, b'GET /a HTTP/1.0'),
    packet(a, 5000, b, 80, isn + 20, FIN | ACK),
    packet(a, 5000, b, 80, 99, SYN),
    packet(a, 5000, b, 80, 100, PUSH | ACK, b'PUT / HTTP/1.0\r\n\r\n')])
write('gap.pcap', [
    packet(a, 5000, b, 80, isn, SYN),
    packet(a, 5000, b, 80, isn + 5, PUSH | ACK, b'lost')])
write('six.pcap', [
    packet('::1', 5000, '::1', 80, 0, PUSH | ACK, b'GET / HTTP/1.0\r\n\r\n')])
END

# The Lua of the manual: a file for each block, named for its line
awk '
	/^\.\. code-block:: lua$/ { file = sprintf("manual-%d.lua", NR); n++; next }
	/^[^\t]/ { file = "" }
	file { sub(/^\t/, ""); print >file }
	END { exit n == 0 }
' "$manual" || exit

# The functions that a script has for hooks
functions_of() {
	sed -n 's/^function \([a-z_]*\)(.*/\1/p; s/^\([a-z_]*\) = .*/\1/p' "$1"
}

# What has none is a part of a script: it can be compiled, but not run.
for script in manual-*.lua; do
	[ -z "$(functions_of "$script")" ] || continue
	{
		echo 'local function part()'
		cat "$script"
		echo 'end function process() return true end'
	} >"part-${script#manual-}"
done

# expect NAME STATUS TEXT ARGUMENTS...: it ends so, a pattern, and says that; with an
# empty TEXT, nothing. ~ is an end of line, and <end> is behind the last one.
expect() {
	if [ -n "$counting" ]; then
		planned=$((planned + 1))
		return
	fi
	name=$1 wanted=$2 text=$3
	shift 3
	"$tool" check "$@" >out 2>&1 </dev/null
	status=$?
	case $text in
	"") [ ! -s out ] ;;
	*) (tr '\n' '~' <out; echo '<end>') | grep -qF -- "$text" ;;
	esac
	said=$?
	# shellcheck disable=SC2254
	case "$status $said" in
	$wanted" 0")
		ktap_test_pass "$name"
		return
		;;
	esac
	echo "# status $status, not $wanted, or it does not say: $text"
	sed 's/^/# /' out
	ktap_test_fail "$name"
}

tests() {
	expect a_good_script_passes 0 'http.lua: good' http.lua
	expect what_its_main_chunk_takes_is_told 0 'count.lua: good (100' count.lua
	expect quiet_says_nothing 0 '' -q http.lua
	expect a_syntax_error_has_its_line 1 \
		"syntax.lua:2: <eof> expected near 'end'~     2 | function process() return true end end~" syntax.lua
	expect the_token_that_it_names_is_marked 1 \
		"     2 | function process() return true end end~       |                                    ^^^~<end>" syntax.lua
	expect an_error_at_the_end_is_marked_there 1 \
		"     5 | -- no end~       |          ^~<end>" open.lua
	expect what_has_no_end_is_shown_too 1 \
		"(to close 'if' at line 2) near <eof>~     2 |     if true then~     5 | -- no end~" open.lua
	expect marks_are_below_what_they_mark 1 \
		"$(printf "near '<\\\\195>'~     1 | \tlocal é = 'é' x y~       | \t      ^~<end>")" words.lua
	expect an_unfinished_string_is_marked 1 \
		'     1 | local x = "abc~       |           ^^^^~<end>' string.lua
	expect of_a_string_with_escapes_the_end_is_marked 1 \
		'     1 | local s = "a\tb" "c\td"~       |                       ^~<end>' escape.lua
	expect an_error_of_the_main_chunk_has_its_line 1 \
		"chunk.lua:2: no luck~     2 | error('no luck')~" chunk.lua
	expect a_missing_function_is_an_error 1 "other.lua: the script has no function 'process'" other.lua
	expect another_entry_point_is_found 0 'good' -e judge other.lua
	expect functions_for_other_hooks_are_found 0 'good' -e send=send,accept=accept both.lua
	expect a_missing_function_of_another_hook_is_an_error 1 \
		"both.lua: the script has no function 'none'" -e send=send -e accept=none both.lua
	expect an_unknown_hook_is_a_usage_error 2 'usage: lua-ulp check' -e none=send both.lua
	expect sent_data_is_judged_by_its_hook 0 'the peer gets 11 bytes:~    | id=********~' \
		-e send=send both.lua -i digits
	expect input_that_nothing_judges_is_a_usage_error 2 'no function judges data' \
		-e accept=accept both.lua -i digits
	expect a_nul_byte_is_an_error 1 'nul.lua:1: NUL byte' nul.lua
	expect bytecode_is_refused 1 'only text is accepted' binary.lua
	expect an_empty_script_is_an_error 1 'the script is empty' empty.lua
	expect a_large_script_is_an_error 1 'more than net.lua.max_script (65536)' large.lua
	expect a_missing_file_is_a_usage_error 2 'none.lua: No such file' none.lua
	expect no_script_is_a_usage_error 2 'usage: lua-ulp check'
	expect an_unknown_option_is_a_usage_error 2 'usage: lua-ulp check' --none http.lua

	expect good_input_passes 0 '    | GET /index.html HTTP/1.0\r\n~' http.lua -i good
	expect good_input_is_read_in_full 0 '37 bytes read' http.lua -i good
	expect bad_input_is_refused 3 'http.lua: refused: not a plain GET' http.lua -i bad
	expect a_refusal_shows_nothing_to_the_application 3 ', 0 bytes read' http.lua -i bad
	expect an_error_at_run_time_has_its_line 1 \
		'runtime.lua:2: attempt to index a nil value (field' runtime.lua -i good
	expect its_line_is_shown 1 '     2 |     return data.nothing.more~' runtime.lua -i good
	expect what_it_names_is_marked 1 '~       |                 ^^^^^^^~<end>' runtime.lua -i good
	expect what_is_in_a_comment_is_not_marked 1 \
		"$(printf "2 | \treturn data.none.more -- none~       | \t            ^^^^~<end>")" \
		comment.lua -i good
	expect what_is_there_twice_is_not_marked 1 "2 |     return data.none.more, 'none'~<end>" \
		twice.lua -i good
	expect a_function_that_fails_is_marked 1 \
		'     2 |     local at = data:find(nil)~       |                     ^^^^~<end>' call.lua -i good
	expect an_operator_that_fails_is_marked 1 \
		'     2 |     return true, size / 2 // 1~       |                       ^~<end>' quotient.lua -i good
	expect a_function_that_raises_an_error_is_marked 1 \
		"     2 | error('no luck')~       | ^^^^^~<end>" chunk.lua
	expect an_error_without_a_line_has_one 1 \
		"plain.lua:1: no luck~     1 | error('no luck', 0)~" plain.lua
	expect an_error_that_is_no_text_has_a_line 1 \
		"table.lua:1: (error object is a table value)~     1 | error({ 'no luck' })~" table.lua
	expect an_error_of_a_caller_has_its_line_only 1 'caller.lua:3: check it~     3 |     check(false)~<end>' \
		caller.lua -i good
	expect an_error_in_loaded_text_has_the_line_that_ran_it 1 \
		"nested.lua:3: [string \"x =\"]:1: unexpected symbol near <eof>~     3 |     assert(load('x ='))~" \
		nested.lua -i good
	for library in http tls ssh resp dns; do
		expect "an_error_in_${library}_has_the_line_that_called_it" 1 \
			"${library}_call.lua:3: $library:" ${library}_call.lua -i good
		expect "the_call_of_${library}_is_marked" 1 '^~<end>' ${library}_call.lua -i good
	done
	expect an_error_in_a_handler_has_the_line_that_called_it 1 \
		'     5 |     http.request(1)~       |          ^^^^^^^~<end>' handler.lua -i good
	expect a_limit_in_a_library_has_the_line_that_called_it 1 \
		'library_loop.lua:3: ssh:' library_loop.lua -i good
	expect a_tail_call_leaves_no_line 1 'tail.lua: http:' tail.lua -i good
	expect what_was_caught_is_not_to_blame 1 'hooks.lua: http:' hooks.lua -i good
	expect a_wrong_verdict_is_an_error 1 'the hook returned a number' verdict.lua -i good
	expect instructions_are_limited_as_in_the_kernel 1 \
		'loop.lua:2: instruction limit (1000000) reached' loop.lua -i good
	expect memory_is_limited_as_in_the_kernel 1 'memory limit (1048576 bytes) reached' glutton.lua -i good
	expect limits_can_be_lower 1 'instruction limit (5000) reached' -l max_instructions=5000 loop.lua -i good
	expect limits_have_the_range_of_the_sysctl 2 'net.lua.max_memory cannot be 1' -l max_memory=1 http.lua
	expect an_unknown_limit_is_a_usage_error 2 'no limit net.lua.none' -l none=1 http.lua
	expect scripts_print 0 'print: begins~' -i good http.lua
	expect the_application_reads_a_replacement 0 '    | ABCDEFGHIJ~' upper.lua -i letters
	expect drop_and_pass_are_obeyed 0 'reads 3 bytes:~    | efg~  process(1 bytes): more 3' first.lua -i letters -n 8
	expect what_was_not_passed_at_the_end_is_refused 3 \
		'the stream ended with data not passed' waits.lua -i good
	expect more_returns_at_the_end 0 '    | <abcdefghij>~' last.lua -i letters -n 3
	expect the_socket_is_made_up 3 'print: 192.0.2.1\t50000\t80\testablished~' socket.lua -i good
	expect what_it_sends_is_shown 3 'sk:send, 8 bytes to the peer:~    | go away\n~' socket.lua -i good
	expect what_is_no_text_is_shown_in_hex 0 \
		'    00000000  01 02 03 61 62 63 64 65  66 67 68 69 6a 6b 6c 6d  |...abcdefghijklm|~' pass.lua -i bytes
	expect text_is_shown_in_hex_on_demand 0 '    00000000  41 42 43' -x upper.lua -i letters

	for size in 1 2 7 36 37 100; do
		expect "good_input_passes_in_segments_of_$size" 0 '37 bytes read' http.lua -i good -n $size
		expect "bad_input_is_refused_in_segments_of_$size" 3 'not a plain GET' http.lua -i bad -n $size
	done
	expect a_segment_has_a_byte_or_more 2 'usage' http.lua -i good -n 0
	expect segments_are_as_large_as_asked_for 0 'segment 4: 7 bytes' http.lua -i good -n 10

	expect a_capture_is_put_in_order 0 \
		'two.pcap, connection 1 of 3, 10.0.0.1 port 5000 to 10.0.0.2 port 80: 19 bytes' http.lua -i two.pcap
	expect a_capture_comes_in_packets 0 'segment 3: 4 bytes' http.lua -i two.pcap
	expect what_was_sent_twice_is_read_once 0 ', 19 bytes read' http.lua -i two.pcap
	expect another_connection_can_be_chosen 3 'not a plain GET' http.lua -i two.pcap -c 2
	expect a_connection_that_is_not_there_is_an_error 2 'there are 3 TCP connections in it' http.lua -i two.pcap -c 4
	expect a_capture_can_be_split 0 '19 segments' http.lua -i two.pcap -n 1
	expect a_capture_with_a_gap_is_an_error 2 'byte 0 was not captured' http.lua -i gap.pcap
	expect ipv6_is_read_and_an_old_connection_too 0 '(not from its start)' http.lua -i six.pcap
}

# test_script NAME FILE: it has the functions that it seems to have, and those that judge
# data take what comes, or refuse it
test_script() {
	for function in $(functions_of "$2"); do
		case $function in
		process) hook=receive ;;
		send) hook=send ;;
		*)
			expect "$1_has_$function" 0 good -e accept="$function" "$2"
			continue
			;;
		esac
		for size in 1 1000; do
			expect "$1_judges_segments_of_$size" '[03]' "  $function(" \
				-e "$hook=$function" "$2" -i good -n $size
		done
	done
}

manual_tests() {
	for script in manual-*.lua; do
		line=${script#manual-}
		line=${line%.lua}
		if [ -e "part-$line.lua" ]; then
			expect "line_${line}_of_the_manual_compiles" 0 good "part-$line.lua"
		else
			test_script "line_${line}_of_the_manual" "$script"
		fi
	done
}

ktap_print_header
if [ ! -x "$tool" ]; then
	ktap_skip_all "there is no lua-ulp"
	exit "$KSFT_SKIP"
fi
python3 capture.py || exit
planned=0 counting=yes
tests
manual_tests
ktap_set_plan $planned
counting=
tests
manual_tests
ktap_finished
