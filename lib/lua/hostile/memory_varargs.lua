-- A list of arguments that doubles with each call, until there is no room for it.
-- ends: EINVAL "there was no room"
local function double(n, ...)
	return double(2 * n, table.unpack({}, 1, n))
end
local ok, why = pcall(double, 1)
assert(not ok and (why:find('too many results to unpack') or why == 'not enough memory'), why)
error('there was no room')
