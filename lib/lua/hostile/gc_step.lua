-- The collector, in steps that are as large as they can be.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 5000 do t[i] = {} end
while true do collectgarbage('step', math.maxinteger) end
