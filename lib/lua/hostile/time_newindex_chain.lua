-- __newindex leads from table to table, as far as it may.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 1990 do t = setmetatable({}, { __newindex = t }) end
while true do t.x = nil end
