-- The place of an object in a table is its address modulo the table's size less one.
-- With a few sizes that gives the address, of a C function or of anything else: what
-- comes out must not look like one, which is a multiple of 16.
-- ends: 0
local far = 1 << 40

-- A table with room for n keys, in each of which a dead integer key marks the place.
local function slots(n)
	local t = {}
	for i = 0, n - 1 do t[far + i] = true end
	for i = 0, n - 1 do t[far + i] = nil end
	return t
end

-- next() of a dead key finds the object if that comes later, and fails if it took the place.
local function place(n, object)
	local t, low, high = slots(n), 0, n - 1
	t[object] = true
	while low <= high do
		local middle = (low + high) // 2
		local ok, key = pcall(next, t, far + middle)
		if not ok then return middle end
		if key == nil then high = middle - 1 else low = middle + 1 end
	end
	return 0
end

-- The number that has these remainders
local function solve(remainders, moduli)
	local x, step = 0, 1
	for i, m in ipairs(moduli) do
		while x % m ~= remainders[i] % m do x = x + step end
		step = step * m
	end
	return x
end

local aligned = 0
local objects = { print, next, string.len, {}, {} }
for _, object in ipairs(objects) do
	local remainders, moduli = {}, { 127, 511, 1023, 2047 }
	for i, m in ipairs(moduli) do remainders[i] = place(m + 1, object) end
	if solve(remainders, moduli) % 16 == 0 then aligned = aligned + 1 end
end
assert(aligned < #objects, 'the order of a table tells addresses')
