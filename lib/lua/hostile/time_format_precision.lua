-- A precision cuts the string, but its whole length is measured first.
-- ends: ETIME "instruction limit"
local s = ('x'):rep(400000)
while true do string.format('%.1s%.1s%.1s%.1s', s, s, s, s) end
