-- unpack and pack of long lists, one after the other.
-- ends: ETIME "instruction limit"
local t = table.pack(table.unpack({}, 1, 10000))
while true do t = table.pack(table.unpack(t, 1, 10000)) end
