-- SPDX-License-Identifier: GPL-2.0
-- resp: Redis commands

local resp = require 'resp'

local parse = resp.command
local function small(text) return resp.command(text, { args = 3, size = 40 }) end

check(parse, '*1\r\n$4\r\nPING\r\n', { name = 'PING', args = { 'PING' } })
check(parse, '*2\r\n$3\r\nget\r\n$3\r\nkey\r\n', { name = 'GET', args = { 'get', 'key' } })
check(parse, '*2\r\n$3\r\nget\r\n$0\r\n\r\n', { args = { 'get', '' } })
check(parse, '*2\r\n$4\r\necho\r\n$6\r\na\r\n\0b\xff\r\n', { args = { 'echo', 'a\r\n\0b\xff' } })
check(parse, '*0\r\n', { name = '', args = {} })
check(parse, '*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n', { name = 'PING', length = 14 })
check(parse, '*12\r\n' .. ('$1\r\na\r\n'):rep(12), { name = 'A' })

check(parse, 'ping\r\n', { name = 'PING', args = { 'ping' } })
check(parse, 'set  a   b \r\n', { name = 'SET', args = { 'set', 'a', 'b' } })
check(parse, '\r\n', { name = '', args = {} })
check(parse, '  \r\n', { name = '', args = {} })
check(parse, 'ping\r\nping\r\n', { length = 6 })
check(parse, ' flushall\r\n', { name = 'FLUSHALL' })

for _, text in ipairs { '', '*', '*1', '*1\r', '*1\r\n', '*1\r\n$', '*1\r\n$4\r\nPI',
			'*1\r\n$4\r\nPING', '*1\r\n$4\r\nPING\r', 'pin', 'ping\r' } do
	check(parse, text, 'incomplete')
end

for _, text in ipairs { '*-1\r\n', '*\r\n', '*01\r\n', '*+1\r\n', '* 1\r\n', '*1 \r\n',
			'*0x1\r\n', '*1\r\n$-1\r\n', '*1\r\n$\r\n', '*1\r\n$04\r\nPING\r\n',
			'*1\r\n$a\r\n' } do
	check(parse, text, 'malformed number')
end
check(parse, '*1\n$4\nPING\n', 'the line does not end with CR LF')
check(parse, 'ping\n', 'the line does not end with CR LF')
check(parse, '*1\r\n+PING\r\n', "'$' expected")
check(parse, '*1\r\n*1\r\n', "'$' expected")
check(parse, '*1\r\n$4\r\nPINGx\r\n', 'no CR LF after a bulk string')
check(parse, '*1\r\n$4\r\nPING\rx', 'no CR LF after a bulk string')
check(parse, '*1\r\n$4\r\nPING\n', 'no CR LF after a bulk string')
check(parse, '*' .. ('1'):rep(20) .. '\r\n', 'the line is too long')
check(parse, '*1\r\n$' .. ('0'):rep(20), 'the line is too long')
check(parse, ('a'):rep(2000), 'the line is too long')
check(parse, '*999999999999\r\n', 'too many arguments')
check(parse, '*1025\r\n', 'too many arguments')
check(parse, '*1\r\n$999999999999\r\n', 'the command is too long')
for _, line in ipairs { '"flushall"', "'flushall'", 'flush\\x61ll', 'a\tb', 'a\0b', 'a\rb' } do
	check(parse, line .. '\r\n',
	      'quote, backslash or control character in an inline command')
end

check(small, '*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n', { name = 'A' })
check(small, '*4\r\n$1\r\na\r\n', 'too many arguments')
check(small, 'a b c d\r\n', 'too many arguments')
check(small, '*1\r\n$29\r\n' .. ('a'):rep(29) .. '\r\n', { length = 40 })
check(small, '*1\r\n$30\r\n' .. ('a'):rep(30) .. '\r\n', 'the command is too long')
check(small, ('a'):rep(38) .. '\r\n', { length = 40 })
check(small, ('a'):rep(39) .. '\r\n', 'the line is too long')

check_random(parse, '*2\r\n', '$12\r\nab', 100, 30)
check_random(small, '', '*$1\r\na ', 100, 30)
done()
