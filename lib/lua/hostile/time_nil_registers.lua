-- One instruction that clears 190 variables.
-- ends: ETIME "instruction limit"
local names = {}
for i = 1, 190 do names[i] = 'v' .. i end
local f = load('while true do local ' .. table.concat(names, ',') .. ' end')
f()
