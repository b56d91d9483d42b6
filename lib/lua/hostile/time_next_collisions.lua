-- next() finds the key it is given in a chain with all the others.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 4000 do t[i << 40] = true end
while true do for k in pairs(t) do end end
