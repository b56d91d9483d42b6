-- closures and their upvalues
local function counter()
	local n = 0
	return function(step)
		n = n + step
		return n
	end
end
local sum = 0
for i = 1, 3000 do
	local c = counter()
	c(i)
	c(i)
	sum = sum + c(1)
end
assert(sum == 2 * 3000 * 3001 // 2 + 3000)
