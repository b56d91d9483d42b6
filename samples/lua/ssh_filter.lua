-- SPDX-License-Identifier: GPL-2.0
-- Refuses a client whose SSH software is of a vulnerable release.
--
-- filter() is written as for a packet filter, which gives it a header and a payload;
-- a socket has no header, so process() gives it an empty one. A client begins with a
-- line that names its software (RFC 4253, section 4.2), and nothing after it is of
-- interest here. (Portable releases are called OpenSSH_6.4p1, which is another name.)
--
-- filter() does what figure 2 of "Scriptable Operating Systems with Lua" (2014) does with
-- packets of servers. That takes each packet for a whole line; process() waits for it.

local VULNERABLE = 'OpenSSH_6.4'

function filter(hdr, pld)
	local seg = pld:segment(0, 255)
	local str = tostring(seg)
	local software = str:match('SSH%-[^-%G]+%-([^-%G]+)')
	return software ~= VULNERABLE
end

local empty = require('data').new('')

function process(data, size)
	local ended = false
	while size < 255 and not ended and not data:find('\n', 1, true) do
		size, ended = more()
	end
	local line = data:segment(0, data:find('\n', 1, true) or 255)
	if not line:segment(0, 4):equals('SSH-') then return false, 'no SSH client' end
	if not filter(empty, line) then return false, VULNERABLE end
	return pass()
end
