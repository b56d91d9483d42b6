-- A wrong argument: the function's name is looked for in all of a large _G.
-- ends: ETIME "instruction limit"
for i = 1, 5000 do _G['name' .. i] = i end
local abs = math.abs
math.abs = nil
while true do pcall(abs, {}) end
