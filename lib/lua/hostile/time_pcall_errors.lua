-- Time, by errors that cost nothing but their own handling.
-- ends: ETIME "instruction limit"
local function f() error('again') end
while true do pcall(f) end
