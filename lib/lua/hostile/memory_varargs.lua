-- A list of arguments that doubles with each call, until the stack takes no more.
-- ends: EINVAL "too many results to unpack"
local function double(n, ...)
	return double(2 * n, table.unpack({}, 1, n))
end
double(1)
