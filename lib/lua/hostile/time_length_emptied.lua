-- The length of arrays with holes at all the places where it looks.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 64 do t[i] = i end
for i = 6, 62 do t[1 << i] = i end
while true do local n = #t end
