-- No string holds what the memory held before it.
-- ends: 0
local secret = ('secret'):rep(2000)
secret = nil
collectgarbage()
for i = 1, 50 do
	local s = string.pack('c5000', '') .. string.pack('!16 i1 Xi16 i1', 1, 2)
	assert(not s:find('secret', 1, true))
	assert(s:sub(1, 5000) == ('\0'):rep(5000))
	assert(s:sub(5001):byte(2) == 0 and s:sub(5001):byte(16) == 0)
end
