-- A text of nothing but continuation bytes, each of which must be skipped.
-- ends: ETIME "instruction limit"
local s = 'x' .. ('\x80'):rep(200000)
while true do
	utf8.offset(s, 0, #s)
	pcall(utf8.codes(s), s, 1)
end
