-- utf8.len, utf8.offset and utf8.codepoint over a long text.
-- ends: ETIME "instruction limit"
local s = ('\u{20ac}'):rep(50000)
while true do
	utf8.len(s)
	utf8.offset(s, -1)
	utf8.offset(s, 40000)
end
