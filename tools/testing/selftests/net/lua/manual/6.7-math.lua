-- SPDX-License-Identifier: GPL-2.0
-- The integer part of the mathematical functions.
local max, min = math.maxinteger, math.mininteger
local function try(f, ...) print(pcall(f, ...)) end
local values = { 0, 1, -1, 2, -2, 7, -7, 10, 1000, 1 << 31, -(1 << 31), 1 << 53, (1 << 53) + 1, max, max - 1, min, min + 1 }
print(max, min, max == 0x7fffffffffffffff, min == 1 << 63, max + 1 == min, math.type(max), math.type(min))
for _, a in ipairs(values) do
	print(a, math.abs(a), math.floor(a), math.ceil(a), math.tointeger(a), math.type(a))
	local line = {}
	for _, b in ipairs(values) do
		line[#line + 1] = ('%d,%d,%s,%s'):format(math.max(a, b), math.min(a, b), math.ult(a, b), b ~= 0 and math.fmod(a, b) or select(2, pcall(math.fmod, a, b)))
		if b ~= 0 then
			local r = math.fmod(a, b)
			if r ~= 0 and (r < 0) ~= (a < 0) then print('fmod has another sign', a, b, r) end
		end
	end
	print(table.concat(line, ' '))
end
print(math.max(1), math.max(1, 2, 3), math.max(3, 2, 1), math.max(-1, -2), math.min(1), math.min(3, 1, 2), math.max(table.unpack(values)), math.min(table.unpack(values)))
-- the operator '<' decides, so texts have a maximum, too
print(math.max('a', 'b', 'A'), math.min('a', 'b', 'A'), math.max('10', '9'), math.min('10', '9'))
print(math.type(1), math.type('1'), math.type(nil), math.type({}), math.type(true), math.type(print))
print(math.tointeger(5), math.tointeger('8'), math.tointeger('x'), math.tointeger({}), math.tointeger(nil), math.tointeger(true), math.tointeger(' 0x10 '), math.tointeger(''))
print(math.floor('7'), math.ceil('-7'), math.ult('1', 2), math.ult(-1, 1), math.ult(1, -1), math.ult(max, min), math.ult(min, max), math.ult(0, 0))
for _, name in ipairs { 'abs', 'ceil', 'floor', 'fmod', 'max', 'min', 'tointeger', 'type', 'ult' } do
	local f = math[name]
	try(f)
	for _, bad in ipairs { {}, true, 'x' } do print(name, pcall(f, bad, bad) and 'fine' or select(2, pcall(f, bad, bad))) end
end
try(math.fmod, 1) try(math.fmod, 1, 0) try(math.fmod, min, 0) try(math.ult, 1) try(math.max, 1, {}) try(math.max, {}, 1) try(math.min, 1, 'x') try(math.min, nil, 1)

-- random: what it may return is known
for _, range in ipairs { { 1, 1 }, { 0, 0 }, { -5, -5 }, { 1, 10 }, { -3, 3 }, { max - 1, max }, { max, max }, { min, min }, { min, min + 1 }, { 0, max } } do
	local low, high, inside = range[1], range[2], true
	for i = 1, 100 do local r = math.random(low, high) inside = inside and r >= low and r <= high and math.type(r) == 'integer' end
	print(low, high, inside)
end
local seen, all = {}, true
for i = 1, 2000 do seen[math.random(10)] = true end
for i = 1, 10 do all = all and seen[i] end
print(all, #seen)
try(math.random, 0) try(math.random, -1) try(math.random, 2, 1) try(math.random, 'x') try(math.random, 1, 'x') try(math.random, {}) try(math.random, max, min)
