-- The collector, asked for in a loop, with much to look at.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 5000 do t[i] = {} end
while true do collectgarbage() end
