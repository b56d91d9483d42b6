-- A key of 100,000 bytes, looked up with a string that is equal and not the same.
-- ends: ETIME "instruction limit"
local a, b = ('x'):rep(100000), ('x'):rep(50000):rep(2)
local t = { [a] = 1 }
while true do local x = t[b] end
