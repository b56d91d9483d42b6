-- next() over what was a large table looks at each empty place.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 8192 do t['k' .. i] = i end
for k in pairs(t) do t[k] = nil end
while true do next(t) end
