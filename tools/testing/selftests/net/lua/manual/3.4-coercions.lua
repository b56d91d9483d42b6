-- SPDX-License-Identifier: GPL-2.0
-- Conversions between strings and integers.
-- Arithmetic on strings gives floats in Lua 5.3: '| 0' makes them integers.
print('10' + 1 | 0, 1 + '10' | 0, '3' * '4' | 0, '7' // '2' | 0, '-7' // 2 | 0, '7' % '4' | 0, '10' - '20' | 0, -'3' | 0)
print(' 10 ' + 1 | 0, '\t10\n' + 1 | 0, '0x10' + 0 | 0, '-0x10' + 0 | 0, '+5' + 0 | 0)
print(math.tointeger('10' + 1), math.tointeger(-'-2'))
local one, two = '1', '2'
print(one + two | 0, one - two | 0, one * two | 0, one // two | 0, one % two | 0)

-- bitwise operators take strings as integers
print('10' & 6, '10' | 5, '3' ~ '5', ~'0', '1' << '4', '256' >> '4', '0xff' & '0x0f', ' 7 ' & 3)
print('9223372036854775807' | 0, '-9223372036854775808' | 0, '0xffffffffffffffff' | 0, '0x1ffffffffffffffff' | 0)

-- library functions take integers in strings
print(('x'):rep('3'), ('hello'):sub('2', '3'), ('hello'):byte('1'), string.char('65', '66'), utf8.char('228'))
print(('%d %x %c %5d %i'):format('10', '255', '65', '7', '0x10'))
print(math.abs('-3') | 0, math.ult('1', '-1'), math.tointeger('8'), select('2', 'a', 'b'), select('-1', 'a', 'b'))
print(table.concat({ 1, 2, 3 }, ', ', '2', '3'), table.unpack({ 1, 2, 3 }, '2'))
print(select('#', table.unpack({}, '1', '5')))
print(tonumber('11', '2'), ('x'):rep(' 2 '), ('x'):rep('0x2'))
local t = {}
table.insert(t, '1', 'first')
print(t[1], t['1'])
for i = 1, '2' do print(i) end

-- but comparison and indexing convert nothing
print(1 == '1', '1' == 1, '10' < '9', '1' ~= 1)
t = { [1] = 'integer', ['1'] = 'string' }
print(t[1], t['1'], rawequal(1, '1'))
print(pcall(function() return 1 < '2' end))
print(pcall(function() return '1' <= 2 end))

-- what is no integer
for _, s in ipairs { '', ' ', 'x', '1x', '1 2', '0x', '--1', '+-1', '1,000', 'nil', '\0', '1\0', '0b1', '- 1' } do
	print(('%q'):format(s), pcall(function() return s + 0 end), select(2, pcall(function() return s | 0 end)))
	print(select(2, pcall(string.rep, 'x', s)), tonumber(s), math.tointeger(s))
end

-- integers become strings
print(1 .. 2, 1 .. '', -1 .. 'x', math.mininteger .. '', 0x10 .. '', '' .. 1 .. 2 .. 3)
print(#(12345 .. ''), (5 .. ''):rep(3), ('x'):rep(2) .. 2)
print(('a,b'):gsub(',', 1), ('a1b'):find(1), ('a1b'):match(1), ('x'):rep(2, 0))
print(string.len(12345), string.upper(12), string.sub(12345, 2, 3), string.reverse(123), string.byte(9))
print(table.concat { 1, 'x', 2 }, tostring(1) == '1', tostring(-0), tostring(007))
print(load(function() return nil end) ~= nil, #string.format('%s', 123), ('%s|%5s|%-5s|%.1s'):format(12, 12, 12, 12))
