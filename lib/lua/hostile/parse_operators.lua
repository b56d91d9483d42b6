-- A long expression: jump lists of 'and' and 'or' that the parser walks.
-- ends: ETIME "instruction limit"
local text = 'local a, b; x = ' .. ('a and b or '):rep(5000) .. 'a'
while true do load(text) end
