-- A string of escapes, and of zeros in one of them.
-- ends: ETIME "instruction limit"
local text = 'x = "' .. ('\\x41\\065\\u{41}\\z  \\n'):rep(3000) .. '"'
local zeros = 'x = "\\u{' .. ('0'):rep(100000) .. '41}"'
assert(load(text)) assert(load(zeros))
while true do load(text) load(zeros) end
