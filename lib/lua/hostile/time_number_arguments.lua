-- C functions that take a string for an integer, and read it from its first zero.
-- ends: ETIME "instruction limit"
local s = ('0'):rep(400000)
while true do
	math.abs(s) math.tointeger(s) utf8.char(s) select(s .. '1', 1)
end
