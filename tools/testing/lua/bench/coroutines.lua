-- coroutines
local sum = 0
for i = 1, 200 do
	local co = coroutine.wrap(function(a)
		for j = 1, 20 do
			a = a + coroutine.yield(a)
		end
		return a
	end)
	for j = 1, 21 do
		sum = sum + co(j)
	end
end
assert(sum > 0)
