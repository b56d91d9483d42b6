-- An array that grows.
-- ends: ENOMEM "memory limit"
local t = {}
for i = 1, math.maxinteger do t[i] = i end
