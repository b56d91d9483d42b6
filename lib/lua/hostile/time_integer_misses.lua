-- A key that is not there is looked for in a chain with all the others.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 8000 do t[i << 40] = true end
while true do local x = t[0x7fff << 40] end
