-- Formats of which each letter makes a hundred bytes.
-- ends: ETIME "instruction limit"
local format = ('%99d'):rep(50)
local t = {}
for i = 1, 50 do t[i] = i end
while true do format:format(table.unpack(t)) end
