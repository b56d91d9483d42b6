-- SPDX-License-Identifier: GPL-2.0
-- String manipulation but patterns, formats and packing.
local max, min = math.maxinteger, math.mininteger
local function try(f, ...) print(select(2, pcall(f, ...))) end
local all = {}
for i = 0, 255 do all[#all + 1] = string.char(i) end
all = table.concat(all)
local function hex(s) return (s:gsub('.', function(c) return ('%02x'):format(c:byte()) end):gsub('\n', '0a')) end

-- upper, lower: ASCII only, every other byte stays
print(hex(all:upper()))
print(hex(all:lower()))
print(('Grüße, ÆØÅ, привет, 你好, \xff\xe9\xc9'):upper())
print(('Grüße, ÆØÅ, ПРИВЕТ, 你好, \xff\xe9\xc9'):lower())
print(#all:reverse(), all:reverse():byte(1, 3), (''):reverse(), ('ab\0c'):reverse() == 'c\0ba')
print((''):upper(), (''):lower(), #('x'):rep(1000):upper())

-- len, byte, char
print((''):len(), ('a\0b'):len(), #all)
print(('abc'):byte(), ('abc'):byte(2), ('abc'):byte(-1), ('abc'):byte(1, -1))
print(('abc'):byte(0), ('abc'):byte(4), ('abc'):byte(-4), ('abc'):byte(2, 1), (''):byte())
print(('abc'):byte(0, 10), ('abc'):byte(-10, 10), ('abc'):byte(min, max))
print(select('#', all:byte(1, -1)), select('#', ('x'):rep(5000):byte(1, -1)))
print(string.char(), string.char(72, 105), #string.char(0, 255), string.char(0):byte())
try(string.char, 256) try(string.char, -1) try(string.char, 1, 2, 300) try(string.char, 'x') try(string.char, max)
try(string.byte) try(string.len) try(string.len, nil) try(string.upper, {})

-- sub
local s = 'hello'
for _, i in ipairs { 1, 2, 5, 6, 0, -1, -2, -5, -6, 100, -100, max, min } do
	local line = {}
	for _, j in ipairs { 1, 3, 5, 6, 0, -1, -3, -5, -6, 100, -100, max, min } do line[#line + 1] = ('%q'):format(s:sub(i, j)) end
	print(i, s:sub(i), table.concat(line, ' '))
end
print((''):sub(1, 1), ('a\0b'):sub(2, 3) == '\0b', s:sub('2', '3'))
try(string.sub) try(string.sub, 'x') try(string.sub, 'x', {}) try(string.sub, 'x', 'y')

-- rep
print(('ab'):rep(3), ('ab'):rep(1), ('ab'):rep(0), ('ab'):rep(-1), ('ab'):rep(min), (''):rep(10), (''):rep(1000000))
print(('ab'):rep(3, ','), ('ab'):rep(1, ','), ('ab'):rep(0, ','), (''):rep(3, '-'), ('x'):rep(3, ''), (''):rep(5, ''))
print(#('x'):rep(100000), #('xy'):rep(1000, 'z'), ('a\0'):rep(2) == 'a\0a\0')
try(string.rep, 'x', 1 << 62) try(string.rep, 'x', max) try(string.rep, 'xx', max) try(string.rep, 'x', 1 << 62, 'y') try(string.rep, 'x') try(string.rep)

-- find with plain text and positions
for _, init in ipairs { 1, 2, 3, 4, 5, 6, 7, 0, -1, -3, -7, -100, 100, min, max } do
	print(init, ('ababab'):find('ab', init), ('ababab'):find('ab', init, true))
	print(init, ('ababab'):find('', init), ('ababab'):find('', init, true), ('ababab'):match('.', init))
end
print(('a.b'):find('.', 1, true), ('a.b'):find('%.'), ('a%b'):find('%', 1, true), ('a+b'):find('+b', 1, true))
print(('a\0b'):find('\0'), ('a\0b'):find('b'), ('a\0b\0c'):find('\0c', 1, true), (''):find(''), (''):find('', 2), ('x'):find('x', 1, nil))
print(('aaab'):find('aab'), ('aaab'):find('aab', 1, true), ('abc'):find('abcd'), ('abc'):find('abcd', 1, true))
print((('x'):rep(1000) .. 'y'):find('y'), (('x'):rep(1000) .. 'y'):find('xy', 1, true), (('ab'):rep(500)):find('ba', 999, true))
try(string.find) try(string.find, 'x') try(string.find, {}, 'x') try(string.find, 'x', {})

-- comparison and concatenation of long texts
local a, b = ('a'):rep(1000) .. 'x', ('a'):rep(1000) .. 'y'
print(a < b, a == b, a > b, a .. '' == a, #(a .. b), a:sub(1, 1000) == b:sub(1, 1000), a < a .. '\0')
local acc = ''
for i = 1, 200 do acc = acc .. i .. ',' end
print(#acc, acc:sub(-20))

-- methods and the library are the same
print(s.upper == string.upper, s:upper():lower() == s, ('x'):rep(2):rep(2), #s:rep(2), ('%d'):format(3))
