-- The parser, on the same correct text again and again.
-- ends: ETIME "instruction limit"
local text = ('local x = { 1, "two", three = 3 } '):rep(100)
while true do load(text) end
