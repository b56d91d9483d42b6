-- A thousand gotos wait for labels, and a thousand labels for gotos.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 1500 do t[#t + 1] = 'goto l' .. i end
for i = 1500, 1, -1 do t[#t + 1] = '::l' .. i .. '::' end
local text = table.concat(t, ' ')
while true do load(text) end
