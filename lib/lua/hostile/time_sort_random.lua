-- An order that changes its mind: sort ends, with an error or without.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 1000 do t[i] = i end
while true do
	pcall(table.sort, t, function() return math.random(2) == 1 end)
end
