-- __name makes the text of an object long, and that of errors about it.
-- ends: ETIME "instruction limit"
local t = setmetatable({}, { __name = ('n'):rep(100000) })
while true do
	tostring(t)
	pcall(string.rep, t)
	pcall(math.abs, t)
end
