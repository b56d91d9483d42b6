-- %q of bytes that all need an escape.
-- ends: ETIME "instruction limit"
local s = ('\0\r\n"'):rep(20000)
while true do string.format('%q', s) end
