-- A large table is written to while the collector looks at it, so that it begins again.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 30000 do t[i] = i end
while true do t[1] = {} collectgarbage('step') end
