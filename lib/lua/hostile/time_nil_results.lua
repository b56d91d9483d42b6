-- Variables for the results of a function that returns none.
-- ends: ETIME "instruction limit"
local names = {}
for i = 1, 190 do names[i] = 'v' .. i end
load('local f = ... while true do local ' .. table.concat(names, ',') .. ' = f() end')(function() end)
