-- Large weak tables are cleared by each collection.
-- ends: ETIME "instruction limit"
local t = setmetatable({}, { __mode = 'kv' })
for i = 1, 5000 do t[i] = {} t[{}] = i end
while true do
	for i = 1, 100 do t[i] = {} end
	collectgarbage('step', 100)
end
