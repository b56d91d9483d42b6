-- Registers and parameters that nobody set are nil, whatever was there before.
-- ends: 0
local function fill()
	local a, b, c, d, e, f, g, h = 'secret', 'secret', 'secret', 'secret', 1, 2, 3, 4
	return a, b, c, d, e, f, g, h
end
local function look(a, b, c, d, e, f, g, h)
	local i, j, k, l
	return a, b, c, d, e, f, g, h, i, j, k, l
end
for n = 1, 10 do
	fill()
	for i = 1, 12 do assert(select(i, look()) == nil) end
	fill()
	assert(select('#', table.unpack({}, 1, 50)) == 50)
	for i = 1, 50 do assert(select(i, table.unpack({}, 1, 50)) == nil) end
end
