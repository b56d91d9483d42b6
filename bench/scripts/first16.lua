-- Refuses what begins with SSH-2.0-OpenSSH_, looking at two numbers
local first16 = require 'data'.layout{ first = { 0, 64 }, second = { 64, 64 } }

function process(data)
	data:layout(first16)
	if data.first == 0x5353482d322e302d and data.second == 0x4f70656e5353485f then
		return false
	end
	return true
end
