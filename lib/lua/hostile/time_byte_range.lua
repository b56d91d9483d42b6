-- string.byte of as many characters as the stack takes.
-- ends: ETIME "instruction limit"
local s = ('x'):rep(10000)
while true do s:byte(1, -1) end
