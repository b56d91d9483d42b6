-- Variables and parameters for which there are no arguments.
-- ends: ETIME "instruction limit"
local names = {}
for i = 1, 95 do names[i] = 'v' .. i end
names = table.concat(names, ',')
local f = load('return function(' .. names .. ', ...) local ' .. names .. ' = ... end')()
while true do f() end
