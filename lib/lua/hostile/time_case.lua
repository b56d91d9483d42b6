-- upper, lower and reverse touch each byte of a long string.
-- ends: ETIME "instruction limit"
local s = ('x'):rep(300000)
while true do s:upper() s:lower() s:reverse() end
