-- For the name of a key, which is looked up in a table of keys, and so on, the function would
-- be read again and again.
-- ends: ETIME "instruction limit"
local nested = ('t['):rep(24) .. '1' .. (']'):rep(24)
local f = load('local t = setmetatable({}, { __index = function(t) return t end }) ' ..
	('x = 1 '):rep(20000) .. '(' .. nested .. ')()')
while true do pcall(f) end
