-- A string is searched for a zero byte to its end, and then refused.
-- ends: ETIME "instruction limit"
local s = ('x'):rep(400000) .. '\0'
while true do pcall(string.pack, 'z', s) end
