-- Numbers that there are not: each is an error, and none is the last.
-- ends: ETIME "instruction limit"
local zero, text = 0, 'x'
while true do
	pcall(function() return 1 // zero end)
	pcall(function() return 1 / 2 end)
	pcall(function() return text + 1 end)
end
