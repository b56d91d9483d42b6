-- SPDX-License-Identifier: GPL-2.0
-- tonumber: text to integers, in all bases. What Lua reads as a float is not here.
local texts = { '0', '00', '1', '-1', '+1', '-0', '123', '  42  ', '\t7\n', '\v\f\r8', '9223372036854775807',
	'-9223372036854775808', '-9223372036854775807', '0009223372036854775807', '0x0', '0x10', '0XaB', '-0x10', '+0x10', '0xffffffffffffffff',
	'0x7fffffffffffffff', '0x8000000000000000', '-0x8000000000000000', '0x10000000000000000', '0x123456789abcdef01', '-0xffffffffffffffff',
	'', ' ', '-', '+', '--1', '+-1', '- 1', 'x', '0x', '0xg', 'x10', '1 2', '1x', '12a', '1,5', '1_000', '0b1', '0o7', 'nil', 'true',
	'inf', 'nan', '-inf', 'Infinity', '1\0', '\0001', '1\0 ', '\xa01', '\xc2\xa01', '1\n\n', '0x 1', '0 x1', '٣' }
for _, s in ipairs(texts) do print(('%q'):format(s), tonumber(s)) end

local digits = '0123456789abcdefghijklmnopqrstuvwxyz'
local function write(n, base)
	local out = {}
	repeat
		local d = n % base
		out[#out + 1] = digits:sub(d + 1, d + 1)
		n = n // base
	until n == 0
	return table.concat(out):reverse()
end
for base = 2, 36 do
	local line = {}
	for _, n in ipairs { 0, 1, base - 1, base, base + 1, 255, 65535, 123456789, math.maxinteger } do
		local s = write(n, base)
		for _, form in ipairs { s, s:upper(), '  ' .. s .. ' ', '000' .. s } do
			if tonumber(form, base) ~= n then print('wrong', form, base, tonumber(form, base)) end
		end
		if tonumber('-' .. s, base) ~= -n then print('wrong', '-' .. s, base) end
		line[#line + 1] = s
	end
	print(base, table.concat(line, ' '))
	print(tonumber(digits:sub(base + 1, base + 1), base), tonumber('1' .. digits:sub(base + 1, base + 1), base),
		tonumber(digits:sub(base, base), base), tonumber(('1'):rep(70), base), tonumber(('z'):rep(20), base),
		tonumber('-' .. digits:sub(base, base):rep(66), base), tonumber('', base), tonumber(' ', base), tonumber('-', base),
		tonumber('+1', base), tonumber('--1', base), tonumber('1 1', base), tonumber('0x1', base), tonumber('1.0', base), tonumber('1\0', base))
end
for _, s in ipairs(texts) do print(('%q'):format(s), tonumber(s, 10), tonumber(s, 16), tonumber(s, 36)) end

print(tonumber(5), tonumber(-5), tonumber(math.mininteger), tonumber(nil), tonumber(true), tonumber({}), tonumber(print))
for _, args in ipairs { {}, { '1', 1 }, { '1', 37 }, { '1', 0 }, { '1', -10 }, { 1, 10 }, { {}, 10 }, { '1', 'x' }, { nil, 10 } } do
	print(pcall(tonumber, table.unpack(args, 1, 2)))
end
print(pcall(tonumber))
print(tonumber('10', '16'), tonumber('7fffffffffffffff', 16), tonumber('8000000000000000', 16), tonumber('1' .. ('0'):rep(64), 2))
print(tonumber(('0'):rep(5000) .. '7'), tonumber((' '):rep(5000) .. '7'), tonumber('0x' .. ('f'):rep(5000)))
-- what is written is read again
for _, n in ipairs { 0, 1, -1, 10, -10, 99, 1 << 31, 1 << 32, -(1 << 33), math.maxinteger, math.mininteger, math.mininteger + 1 } do
	print(n, tonumber(tostring(n)) == n, tonumber(('0x%x'):format(n)) == n, tonumber(('%o'):format(n), 8) == n, load('return ' .. ('%q'):format(n))() == n)
end
