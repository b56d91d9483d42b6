-- One instruction that makes a closure over 190 variables, the same each time.
-- ends: ETIME "instruction limit"
local names = {}
for i = 1, 190 do names[i] = 'v' .. i end
local list = table.concat(names, ',')
local f = load('local ' .. list .. ' while true do local f = function() return ' .. list .. ' end end')
f()
