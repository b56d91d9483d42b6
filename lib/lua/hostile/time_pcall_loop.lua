-- The error of a spent budget is caught, again and again.
-- ends: ETIME "instruction limit"
local function f() while true do end end
while true do pcall(f) end
