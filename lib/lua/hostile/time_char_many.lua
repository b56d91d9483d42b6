-- string.char and utf8.char with thousands of arguments.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 5000 do t[i] = 65 end
while true do
	string.char(table.unpack(t))
	utf8.char(table.unpack(t))
end
