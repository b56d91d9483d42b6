-- The message names a variable, which is found by reading the function from its start.
-- ends: ETIME "instruction limit"
local f = load(('x = 1 '):rep(20000) .. 'local t t.x = 1')
while true do pcall(f) end
