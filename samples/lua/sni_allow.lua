-- SPDX-License-Identifier: GPL-2.0
-- TLS only for the names on the list: a ClientHello with another name, or without
-- one, is refused. What follows it is encrypted, and passes. The name is what the client
-- says: with Encrypted Client Hello the outer one; and Host inside may be another.

local tls = require 'tls'

local ALLOWED = { ['guest.example'] = true, ['www.guest.example'] = true }

function process(data)
	local hello, why, n = tls.hello(data)
	while why == 'incomplete' do
		local _, ended = more(n)
		if ended then return false, 'no whole ClientHello' end
		hello, why, n = tls.hello(data)
	end
	if not hello then return false, why end
	if not ALLOWED[hello.server_name] then
		return false, 'unknown name ' .. (hello.server_name or '(none)')
	end
	return pass()
end
