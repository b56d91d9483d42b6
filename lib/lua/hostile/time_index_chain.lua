-- __index leads from table to table, as far as it may.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 1990 do t = setmetatable({}, { __index = t }) end
while true do local x = t.x end
