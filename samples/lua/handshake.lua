-- SPDX-License-Identifier: GPL-2.0
-- A password in a line of its own, before a server that knows nothing of passwords.
-- Once the line was right, the connection costs what one without a script costs.

local conn = require 'conn'

process = conn.handler(function(c)
	local line = c:receive('*l', 64)
	if line ~= 'open sesame' then
		c:send('who are you?\r\n')
		return c:refuse('wrong password')
	end
	c:drop(#c)
	c:send('welcome\r\n')
	c:pass()
end)
