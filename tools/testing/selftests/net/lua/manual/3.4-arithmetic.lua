-- SPDX-License-Identifier: GPL-2.0
-- Integer arithmetic and comparison, at the edges and in between, as code that
-- the compiler folds and as code that runs.
local max, min = math.maxinteger, math.mininteger
local values = { 0, 1, -1, 2, -2, 3, -3, 7, -7, 10, 63, 64, 65, 100, 255, 256, 4294967295, 4294967296, -4294967296,
	2147483647, -2147483648, 9007199254740993, -9007199254740993, max, max - 1, max // 2, min, min + 1, min // 2,
	6148914691236517205, 3037000500 }
local operators = { '+', '-', '*', '//', '%', '&', '|', '~', '<<', '>>', '==', '~=', '<', '<=', '>', '>=', '..', 'and', 'or' }

for _, op in ipairs(operators) do
	local run = load(('local a, b = ... return a %s b'):format(op))
	for i, a in ipairs(values) do
		local line = {}
		for j, b in ipairs(values) do
			local ok, r = pcall(run, a, b)
			line[#line + 1] = ok and tostring(r) or r:match '[^:]*$'
			-- some of them once more, for the compiler
			if (i + j) % 7 > 0 then goto continue end
			-- the smallest integer has no literal
			local function literal(n) return n == min and '(-9223372036854775807-1)' or ('(%d)'):format(n) end
			local folded = load(('return %s %s %s'):format(literal(a), op, literal(b)))
			local ok2, r2 = pcall(folded)
			if ok ~= ok2 or ok and r ~= r2 then print('folded otherwise', a, op, b, r, r2) end
			-- one operand a constant
			local half = load(('local a = ... return a %s %s'):format(op, literal(b)))
			local ok3, r3 = pcall(half, a)
			if ok3 ~= ok or ok and r3 ~= r then print('half constant', a, op, b, r, r3) end
			::continue::
		end
		print(a, op, table.concat(line, ' '))
	end
end
for _, a in ipairs(values) do print(a, -a, ~a, - -a, ~~a, -~a, not a, #tostring(a)) end

-- the definition of // and %
for _, a in ipairs(values) do
	for _, b in ipairs(values) do
		if b ~= 0 and a ~= (a // b) * b + a % b then print('a ~= (a // b) * b + a % b', a, b) end
	end
end

-- wrap-around
print(max + 1, min - 1, max * 2, min * -1, -min, max * max, min * min, max + max, min + min)
local f = 1
for i = 1, 30 do f = f * i print(i, f) end
local hash = -3750763034362895579
for c in ('the quick brown fox'):gmatch '.' do hash = (hash ~ c:byte()) * 1099511628211 print(hash) end
local a, b = 0, 1
for i = 1, 120 do a, b = b, a + b end
print(a, b)
local x = 88172645463325252
for i = 1, 40 do x = x ~ (x << 13) x = x ~ (x >> 7) x = x ~ (x << 17) print(x, ('%x'):format(x)) end

-- shifts
for _, n in ipairs { 0, 1, 31, 32, 62, 63, 64, 65, 127, 128, 1000, max, -1, -31, -32, -63, -64, -65, -1000, min } do
	print(n, 1 << n, 1 >> n, -1 << n, -1 >> n, min << n, min >> n, 0x0123456789abcdef << n, 0x0123456789abcdef >> n)
end

print(pcall(load 'local z = 0 return 1 // z'), pcall(load 'local z = 0 return 1 % z'))
