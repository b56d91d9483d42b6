-- gmatch that finds the empty string everywhere, without end.
-- ends: ETIME "instruction limit"
local s = ('a'):rep(10000)
while true do for w in s:gmatch('()') do end end
