-- An item of string.format() with flags without end.
-- ends: ETIME "instruction limit"
local format = '%' .. ('-'):rep(250000)
while true do pcall(string.format, format, 1) end
