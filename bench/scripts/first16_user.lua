-- first16.lua where data is a string
local unpack = string.unpack

function process(data, size)
	if size < 16 then return true end
	local first, second = unpack('>i8i8', data)
	if first == 0x5353482d322e302d and second == 0x4f70656e5353485f then
		return false
	end
	return true
end
