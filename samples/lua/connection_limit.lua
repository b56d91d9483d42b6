-- SPDX-License-Identifier: GPL-2.0
-- At most LIMIT connections at a time from one address. The listener's hook for
-- accept() counts them, and each connection's hook for close() counts down, both in
-- the dictionary that all sockets with this script share. Connections of a process
-- that is killed are not counted down: that lasts until the script is loaded again.
-- (Several listeners for one port need shared.dict(name).)
--
-- Hooks: accept = admit, close = leave

local LIMIT = 3
local open = require('shared').script()

function admit(conn)
	local n = open:incr(conn.peer, 1, 0)
	if n and n <= LIMIT then return true end
	if n then open:incr(conn.peer, -1) end
	return false, 'too many connections from ' .. conn.peer
end

function leave(sk)
	if sk.peer then open:incr(sk.peer, -1) end -- the listener has none
end
