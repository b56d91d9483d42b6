-- SPDX-License-Identifier: GPL-2.0
-- Tells a server who asks, where that is not enough: each request gets the field
-- X-Forwarded-For with the client's address. Those that a client wrote itself are
-- taken out, also with '_' in the name, as gateways take the two for the same. (The
-- trailer of a chunked body is left alone.)

local http = require 'http'

local NAME = 'x-forwarded-for'

process = http.filter(function(request)
	local lines = { request.method .. ' ' .. request.target .. ' HTTP/' .. request.version }
	if (request.headers.connection or ''):lower():find(NAME, 1, true) then
		return false, 'the client wants ' .. NAME .. ' to be taken out'
	end
	for _, field in ipairs(request.fields) do
		if field.name:lower():gsub('_', '-') ~= NAME then
			lines[#lines + 1] = field.name .. ': ' .. field.value
		end
	end
	lines[#lines + 1] = 'X-Forwarded-For: ' .. sk.peer
	return true, table.concat(lines, '\r\n') .. '\r\n\r\n'
end)
