-- unpack of ranges for which there is no room: refused before they are made.
-- ends: 0
for _, n in ipairs { 100000, 1 << 31, 1 << 32, 1 << 62, math.maxinteger } do
	assert(not pcall(table.unpack, {}, 1, n))
	assert(not pcall(table.unpack, {}, math.mininteger, n))
	assert(not pcall(table.unpack, setmetatable({}, { __len = function() return n end })))
end
