-- SPDX-License-Identifier: GPL-2.0
-- Basic functions.
local function fails(f, ...)
	local ok, m = pcall(f, ...)
	print(ok, type(m) == 'function' and 'a function' or tostring(m))
end

print(_VERSION, _G._G == _G)

-- select
print(select('#'), select('#', nil), select('#', nil, nil), select('#', 1, 2, 3))
print(select(1, 'a', 'b', 'c')) print(select(2, 'a', 'b', 'c')) print(select(3, 'a', 'b', 'c')) print(select(4, 'a', 'b', 'c'))
print(select(-1, 'a', 'b', 'c')) print(select(-3, 'a', 'b', 'c')) print(select(1000, 'a'))
fails(select, 0, 'a') fails(select, -4, 'a', 'b', 'c') fails(select) fails(select, 'x') fails(select, math.mininteger, 1)

-- type and tostring
fails(type) fails(tostring)
print(tostring(nil), tostring(true), tostring(false), tostring(0), tostring('text'), tostring(math.mininteger))

-- raw functions
local t = setmetatable({ 1, 2 }, { __index = function() return 'index' end, __newindex = function() end,
	__len = function() return 99 end, __eq = function() return true end })
print(t[1], t[5], rawget(t, 1), rawget(t, 5), #t, rawlen(t), rawlen('abc'))
t.x = 1
print(t.x, rawget(t, 'x'), rawset(t, 'x', 2) == t, t.x)
print(t == setmetatable({}, getmetatable(t)), rawequal(t, setmetatable({}, getmetatable(t))), rawequal(t, t), rawequal('a', 'a'), rawequal(1, 1))
fails(rawget, 1, 2) fails(rawset, {}, nil, 1) fails(rawset, {}, 1) fails(rawlen, 5) fails(rawequal, 1) fails(rawget, {})

-- next, pairs, ipairs
print(next({})) print(next({ 'x' })) print(next({ 'x' }, 1)) print(next({ a = 'b' })) print(next({ a = 'b' }, 'a'))
fails(next) fails(next, {}, 1) fails(next, 5)
local f, s, c = pairs({ 1 })
print(f == next, type(s), c)
f, s, c = ipairs({ 1 })
print(type(f), type(s), c, f(s, 0)) print(f(s, 1))
local n, sum = 0, 0
for k, v in pairs { 10, 20, 30, x = 40, y = 50 } do n = n + 1 sum = sum + v end
print(n, sum)
for i, v in ipairs { 'a', 'b', nil, 'd' } do print(i, v) end
for i, v in ipairs 'abc' do print(i, v) end
fails(ipairs) fails(pairs) fails(pairs, nil)

-- load
print(load('return 1, 2')()) print(load('')()) print(load('return ...')(7, 8))
local parts = { 'return ', '1 ', '+ ', '2' }
local i = 0
print(load(function() i = i + 1 return parts[i] end)())
i = 0
print(load(function() i = i + 1 return i == 1 and 'return 5' or '' end)())
print(load('x =', '=chunk')) print(load('return', '=chunk') ~= nil)
print(load(function() return {} end, '=table'))
print(load(function() error('reader fails', 0) end, '=reader'))
print(load('return 1', '=chunk', 't') ~= nil, load('return 1', '=chunk', 'bt') ~= nil)
print(load('return 1', '=chunk', 'b'))
print(load('return 1', '=chunk', ''))
local env = { a = 5 }
print(load('return a', '=chunk', 't', env)(), load('b = 6', '=chunk', 't', env)(), env.b, b)
print(load('local a = 1 return a, _ENV', '=chunk', 't', nil)())
fails(load) fails(load, nil) fails(load, {}) fails(load, print)
print(load('\0') == nil, load('return "\0"')() == '\0')
print(load('return function(x) return x + up end', '=c', 't', { up = 10 })()(5))
local nested = 'return 1'
for i = 1, 10 do nested = ('return load(%q)() + 1'):format(nested) end
print(load(nested)())

-- tostring and print call __tostring
print(setmetatable({}, { __tostring = function() return 'shown by print' end }))

-- getmetatable, setmetatable
local mt = {}
local o = {}
print(getmetatable(o), setmetatable(o, mt) == o, getmetatable(o) == mt, setmetatable(o, nil) == o, getmetatable(o))
fails(setmetatable) fails(setmetatable, {}) fails(setmetatable, {}, 5) fails(setmetatable, 'x', {}) fails(setmetatable, nil, {})
fails(setmetatable, setmetatable({}, { __metatable = true }), {})
fails(getmetatable)
print(getmetatable(setmetatable({}, { __metatable = 'locked' })), getmetatable('').__index == string)

-- dofile's and loadfile's absence is a difference; the rest is there
for _, name in ipairs { 'assert', 'collectgarbage', 'error', 'getmetatable', 'ipairs', 'load', 'next', 'pairs', 'pcall', 'print',
	'rawequal', 'rawget', 'rawlen', 'rawset', 'require', 'select', 'setmetatable', 'tonumber', 'tostring', 'type', 'xpcall' } do
	if type(_G[name]) ~= 'function' then print('missing', name) end
end
for lib, names in pairs {
	coroutine = 'create isyieldable resume running status wrap yield',
	string = 'byte char find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper',
	table = 'concat insert move pack remove sort unpack',
	utf8 = 'char codepoint codes len offset',
	math = 'abs ceil floor fmod max min random tointeger type ult',
} do
	for name in names:gmatch '%S+' do
		if type(_G[lib][name]) ~= 'function' then print('missing', lib, name) end
	end
	print(require(lib) == _G[lib])
end
print(require '_G' == _G)
fails(require) fails(require, {})
