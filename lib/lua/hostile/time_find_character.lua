-- Plain find of a character that is not there, in a long text.
-- ends: ETIME "instruction limit"
local s = ('a'):rep(400000)
while true do s:find('b', 1, true) end
