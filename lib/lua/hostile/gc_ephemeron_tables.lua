-- Many tables with weak keys, each of which keeps the key of the one before it.
-- ends: ETIME "instruction limit"
local mode = { __mode = 'k' }
local keep, key = {}, {}
local first = key
for i = 1, 1200 do
	local value = {}
	keep[i] = setmetatable({ [key] = value }, mode)
	key = value
end
while true do collectgarbage() end
