-- C stack: xpcall in the handler of an xpcall, of which the error is an overflow.
-- ends: ETIME "instruction limit"
local function f() xpcall(f, f) end
while true do pcall(f) end
