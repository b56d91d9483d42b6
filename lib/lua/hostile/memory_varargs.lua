-- A list of arguments that doubles with each call, until the stack takes no more.
-- ends: EINVAL "too many results to unpack"
local function double(...)
	local t = table.pack(...)
	table.move(t, 1, t.n, t.n + 1)
	return double(table.unpack(t, 1, 2 * t.n))
end
double(1, 2)
