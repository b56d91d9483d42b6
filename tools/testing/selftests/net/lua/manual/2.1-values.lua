-- SPDX-License-Identifier: GPL-2.0
-- Values and types: what type() says, what is a key, what is the same.
local function show(...)
	local words = table.pack(...)
	for i = 1, words.n do words[i] = type(words[i]) .. ' ' .. tostring(words[i]) end
	print(table.concat(words, ', ', 1, words.n))
end

show(nil, true, false, 0, -1, 'text', '')
show()
show(nil)
print(type(print), type({}), type(function() end), type(coroutine.create(print)))
print(type(nil) == nil, type(type(nil)))

-- only nil and false are false
for _, value in ipairs { 0, '', '0', 'false', {}, print } do
	print(type(value), value and 'true' or 'false', not value)
end
print(nil and 'true' or 'false', not nil)
print(false and 'true' or 'false', not false)

-- integers
print(math.maxinteger, math.mininteger)
print(math.maxinteger + 1 == math.mininteger, math.mininteger - 1 == math.maxinteger)
print(math.type(0), math.type(math.mininteger), math.type('0'), math.type(nil))

-- strings hold any byte
local bytes = {}
for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
local all = table.concat(bytes)
print(#all, all:byte(1), all:byte(128), all:byte(256))
print(#'a\0b', 'a\0b' == 'a\0b', 'a\0b' == 'a\0c', 'a\0b' < 'a\0c', 'a' < 'a\0')
for i = 0, 255 do
	if all:byte(i + 1) ~= i then print('lost byte', i) end
end

-- long and short strings are equal by content
local short, long = ('x'):rep(40), ('x'):rep(41)
print(short == ('xx'):rep(20), long == ('x'):rep(20) .. ('x'):rep(21), short == long)
local t = { [short] = 1, [long] = 2 }
print(t[('x'):rep(40)], t[('x'):rep(41)], t[('x'):rep(42)])

-- tables: any value but nil is a key, nil is no value
local key, f = {}, function() end
t = { [key] = 'table', [f] = 'function', [true] = 'true', [false] = 'false', [0] = 'zero',
	[-1] = 'minus one', [math.mininteger] = 'smallest', [''] = 'empty' }
print(t[key], t[f], t[true], t[false], t[0], t[-1], t[math.mininteger], t[''], t[{}], t[nil])
print(t['0'], t[1], t.x)
t[key] = nil
print(t[key], next({}), rawlen({}))
print(pcall(function() t[nil] = 1 end))
print(select('#', t[nil]))
print(pcall(rawset, t, nil, 1))

-- objects are references
local a, b = {}, {}
local c = a
c.x = 1
print(a == b, a == c, a.x, rawequal(a, c), rawequal(a, b))
local function make() local n = 0 return function() n = n + 1 return n end end
local f1, f2 = make(), make()
print(f1 == f2, f1 == f1, f1(), f1(), f2())
print(print == print, ({}) == ({}))
print(1 == '1', 0 == false, nil == false, '' == nil)
