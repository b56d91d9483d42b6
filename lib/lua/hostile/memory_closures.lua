-- A million closures.
-- ends: ENOMEM "memory limit"
local t = {}
for i = 1, 1000000 do t[i] = function() return i end end
