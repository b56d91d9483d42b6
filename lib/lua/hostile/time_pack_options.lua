-- A long format of which each option does nothing, for each of the three functions.
-- ends: ETIME "instruction limit"
local format = ('<>=! '):rep(50000)
while true do
	string.packsize(format)
	string.pack(format)
	string.unpack(format, '')
end
