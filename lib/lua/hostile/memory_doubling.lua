-- A string that doubles.
-- ends: ENOMEM "memory limit"
local s = 'x'
while true do s = s .. s end
