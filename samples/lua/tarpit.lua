-- SPDX-License-Identifier: GPL-2.0
-- For who guesses at mail servers: each line that comes is answered with one more line
-- of a greeting that never ends, and the application sees none of them. A client that
-- waits for the last line of a reply, as SMTP has it (RFC 5321, section 4.2), is kept
-- busy.

local conn = require 'conn'

local LINES = 1000

process = conn.handler(function(c)
	for n = 1, LINES do
		if not c:receive('*l', 1024) then return c:refuse('gone after ' .. n - 1 .. ' lines') end
		c:drop(#c)
		c:send('220-please hold the line\r\n')
	end
	c:refuse('patient')
end)
