-- SPDX-License-Identifier: GPL-2.0
-- ssh: identification strings, of clients and of servers

local ssh = require 'ssh'

local client = ssh.identification
local function server(text) return ssh.identification(text, true) end

check(client, 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n',
      { version = '2.0', software = 'OpenSSH_9.2p1', comments = 'Debian-2+deb12u3' })
check(client, 'SSH-2.0-a\r\n', { version = '2.0', software = 'a', before = {} })
check(client, 'SSH-1.99-a b c\r\n', { version = '1.99', comments = 'b c' })
check(client, 'SSH-2.0-a \r\n', { comments = '' })
equal('no comments', client('SSH-2.0-a\r\n').comments, nil)
check(client, 'SSH-2.0-a\r\nSSH-2.0-b\r\n', { software = 'a', length = 11 })

for _, start in ipairs { '', 'S', 'SSH-', 'SSH-2.0-a', 'SSH-2.0-a\r' } do
	check(client, start, 'incomplete')
end
for _, line in ipairs { 'SSH-2.0\r\n', 'SSH-\r\n', 'SSH-2.0-\r\n', 'SSH--a\r\n',
			'SSH-2.0-a-b\r\n', 'SSH-2 .0-a\r\n', 'SSH-2.0- a\r\n',
			'SSH-2.0-a\xe4\r\n' } do
	check(client, line, 'malformed identification string')
end
for _, line in ipairs { 'SSH-2.0-a\0\r\n', 'SSH-2.0-a b\tc\r\n', 'SSH-2.0-a\rb\r\n',
			'SSH-2.0-a\127\r\n' } do
	check(client, line, 'control character in the identification string')
end
check(client, 'SSH-2.0-a\n', 'the line does not end with CR LF')
check(client, 'ssh-2.0-a\r\n', 'not an SSH identification string')
check(client, 'GET / HTTP/1.1\r\n', 'not an SSH identification string')
check(client, '\r\nSSH-2.0-a\r\n', 'not an SSH identification string')

-- 255 bytes with CR LF
local longest = 'SSH-2.0-' .. ('a'):rep(245) .. '\r\n'
check(client, longest, { software = ('a'):rep(245) })
check(client, 'SSH-2.0-' .. ('a'):rep(246) .. '\r\n', 'the line is too long')
check(client, 'SSH-2.0-' .. ('a'):rep(1000), 'the line is too long')

check(server, 'Hello\r\n\r\nSSX\r\nSSH-2.0-a\r\n',
      { software = 'a', before = { 'Hello', '', 'SSX' } })
check(server, 'SSH-2.0-a b\r\n', { software = 'a', comments = 'b', before = {} })
check(server, 'SSH\r\nSSH-2.0-a\r\n', { before = { 'SSH' } })
check(server, 'Hello\nSSH-2.0-a\r\n', 'the line does not end with CR LF')
check(server, ('a'):rep(254) .. '\r\n', 'the line is too long')
check(server, ('\r\n'):rep(50) .. 'SSH-2.0-a\r\n', { software = 'a' })
check(server, ('\r\n'):rep(51) .. 'SSH-2.0-a\r\n', 'too many lines before the string')

check_random(client, 'SSH-2.0-', 'ab- \r\n\0', 50, 20)
check_random(server, '', 'SSH-2.0\r\n', 50, 30)
done()
