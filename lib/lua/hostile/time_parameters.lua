-- A function of 190 parameters, called with none.
-- ends: ETIME "instruction limit"
local names = {}
for i = 1, 190 do names[i] = 'v' .. i end
local f = load('return function(' .. table.concat(names, ',') .. ') end')()
while true do f() end
