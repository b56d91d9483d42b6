-- Weak keys in an order in which each pass of the collector finds just one more.
-- ends: ETIME "instruction limit"
local t = setmetatable({}, { __mode = 'k' })
local first = {}
local key = first
for i = 1, 4000 do
	local value = {}
	t[key] = value
	key = value
end
while true do collectgarbage() end
