-- Memory is nearly full of live objects; each string that does not fit costs a collection.
-- ends: ETIME "instruction limit"
local list
pcall(function() while true do list = { list } end end)
for i = 1, 100 do list = list[1] end
while true do pcall(string.rep, 'x', 1 << 19) end
