-- print() of long lines that nobody reads.
-- ends: ETIME "instruction limit"
local s = ('x'):rep(100000)
while true do print(s, s) end
