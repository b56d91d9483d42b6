-- Message handlers that fail, so that the error calls them again.
-- ends: ETIME "instruction limit"
local function handler(m) error(m) end
while true do
	local ok = xpcall(error, handler, 'x')
	assert(not ok)
end
