-- A table of strings that grows, and the table of all strings with it.
-- ends: ENOMEM "memory limit"
local t = {}
for i = 1, math.maxinteger do t['key' .. i] = i end
