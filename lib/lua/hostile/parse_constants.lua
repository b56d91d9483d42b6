-- A function of more constants than memory has room for.
-- ends: EINVAL "not enough memory"
local n = 0
assert(load(function()
	n = n + 1
	return n == 1 and 'return {' or ('"%d",'):format(n)
end))
