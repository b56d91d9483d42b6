-- A coroutine that was stopped by the budget must not hand out what is left of it.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 100 do
	t[i] = coroutine.wrap(function()
		while true do
			pcall(function() while true do coroutine.yield() end end)
		end
	end)
end
while true do
	for i = 1, 100 do pcall(t[i]) end
end
