-- SPDX-License-Identifier: GPL-2.0
-- Coroutines.
local function fails(f, ...)
	local ok, m = pcall(f, ...)
	print(ok, tostring(m))
end

local co = coroutine.create(function(a, b)
	print('start', a, b)
	local c = coroutine.yield(a + b)
	print('second', c)
	local d, e = coroutine.yield(c * 2)
	print('third', d, e)
	return 'done', 99
end)
print(type(co), coroutine.status(co))
print(coroutine.resume(co, 1, 2))
print(coroutine.status(co))
print(coroutine.resume(co, 10))
print(coroutine.resume(co, 'x', 'y'))
print(coroutine.status(co))
print(coroutine.resume(co))

-- the manual's own example
local function foo(a) print('foo', a) return coroutine.yield(2 * a) end
co = coroutine.create(function(a, b)
	print('co-body', a, b)
	local r = foo(a + 1)
	print('co-body', r)
	local r, s = coroutine.yield(a + b, a - b)
	print('co-body', r, s)
	return b, 'end'
end)
print('main', coroutine.resume(co, 1, 10))
print('main', coroutine.resume(co, 'r'))
print('main', coroutine.resume(co, 'x', 'y'))
print('main', coroutine.resume(co, 'x', 'y'))

-- wrap
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(gen(), gen(), gen(), gen())
fails(gen)
for i in coroutine.wrap(function() for i = 10, 12 do coroutine.yield(i) end end) do print(i) end
fails(coroutine.wrap(function() error('inside') end))
fails(coroutine.wrap(function() error(true) end))
fails(coroutine.wrap(function() error('no place', 0) end))

-- errors kill a coroutine, and only that
co = coroutine.create(function() local x = nil .. 'x' end)
local ok, m = coroutine.resume(co)
print(ok, m, coroutine.status(co))
print(coroutine.resume(co))

-- status, running, isyieldable
local main, is_main = coroutine.running()
print(type(main), is_main, coroutine.isyieldable(), coroutine.status(main))
co = coroutine.create(function()
	local self, is_main = coroutine.running()
	print(self == co, is_main, coroutine.isyieldable(), coroutine.status(co), coroutine.status(main))
	local inner = coroutine.wrap(function() print(coroutine.status(co), coroutine.status(main)) end)
	inner()
	print(coroutine.resume(co))
	print(coroutine.resume(main))
end)
print(coroutine.resume(co))
print(coroutine.status(co))
fails(coroutine.yield)
fails(coroutine.resume, 1)
fails(coroutine.create)
fails(coroutine.create, 1)
fails(coroutine.wrap, nil)
fails(coroutine.status)

-- yield across pcall, xpcall, metamethods and iterators
co = coroutine.wrap(function()
	print(pcall(function()
		print('in pcall', coroutine.yield(1))
		error('after yield', 0)
	end))
	print(xpcall(function()
		print('in xpcall', coroutine.yield(2))
		error('again', 0)
	end, function(m) return 'handled ' .. m end))
	return 'end'
end)
print(co()) print(co('a')) print(co('b'))

local mt = {}
for _, e in ipairs { 'add', 'sub', 'mul', 'div', 'mod', 'pow', 'idiv', 'band', 'bor', 'bxor', 'shl', 'shr', 'concat',
	'unm', 'bnot', 'len', 'eq', 'lt', 'le', 'index', 'call' } do
	mt['__' .. e] = function() return coroutine.yield(e) end
end
mt.__newindex = function(_, _, v) coroutine.yield('newindex') end
local a, b = setmetatable({}, mt), setmetatable({}, mt)
co = coroutine.wrap(function()
	local r = { a + 1, 1 - a, a * a, a / 1, a % 1, a ^ 1, a // 1, a & 1, a | 1, a ~ 1, a << 1, a >> 1, a .. 'x', -a, ~a,
		#a, a == b, a < b, a <= b, a > b, not (a ~= b), a.x, a(1) }
	a.y = 1
	if a < b then print('branch taken') else print('branch not taken') end
	local s = 'p' .. 'q' .. a .. 'r'
	for i = 1, #r do r[i] = tostring(r[i]) end
	return table.concat(r, ' ') .. ' ' .. tostring(s)
end)
local n, event = 0, co()
while event and #event < 30 do
	n = n + 1
	event = co(n)
end
print(n, event)

co = coroutine.wrap(function()
	for k, v in function(s, i) return coroutine.yield('iterate ' .. tostring(i)) end, nil, 0 do print(k, v) end
	return 'over'
end)
print(co()) print(co(1, 'one')) print(co(2, 'two')) print(co(nil))

-- where it cannot: C functions that are not prepared for it
co = coroutine.wrap(function()
	fails(table.sort, { 3, 2, 1 }, function(x, y) coroutine.yield() end)
	fails(string.gsub, 'x', 'x', function() coroutine.yield() end)
	fails(load, function() coroutine.yield() end)
	fails(tostring, setmetatable({}, { __tostring = function() coroutine.yield() end }))
	return 'back'
end)
print(co())
co = coroutine.wrap(function()
	fails(table.concat, setmetatable({}, { __len = function() return 1 end, __index = function() coroutine.yield() end }))
	return 'back'
end)
print(co())

-- passing values: any number, nils too
co = coroutine.create(function(...)
	local n = select('#', ...)
	while true do n = select('#', coroutine.yield(n, ...)) end
end)
print(coroutine.resume(co, nil, nil))
print(coroutine.resume(co))
print(coroutine.resume(co, nil))
co = coroutine.wrap(function(...) return select('#', ...), select('#', coroutine.yield(table.unpack({}, 1, 200))) end)
print(select('#', co(table.unpack({}, 1, 150))))
print(co(table.unpack({}, 1, 100)))

-- many at once, producers and consumers, recursion
local function permute(a, n)
	if n <= 1 then coroutine.yield(table.concat(a)) return end
	for i = 1, n do
		a[n], a[i] = a[i], a[n]
		permute(a, n - 1)
		a[n], a[i] = a[i], a[n]
	end
end
local out = {}
for p in coroutine.wrap(function() permute({ 'a', 'b', 'c', 'd' }, 4) end) do out[#out + 1] = p end
print(#out, table.concat(out, ' '))
local function tree(t) if t then tree(t[1]) coroutine.yield(t[2]) tree(t[3]) end end
out = {}
for v in coroutine.wrap(function() tree { { nil, 1, { nil, 2 } }, 3, { { nil, 4 }, 5 } } end) do out[#out + 1] = v end
print(table.concat(out, ','))
local threads = {}
for i = 1, 50 do threads[i] = coroutine.wrap(function() local s = 0 while true do s = s + coroutine.yield(s) end end) threads[i]() end
local sum = 0
for round = 1, 10 do for i = 1, 50 do sum = sum + threads[i](i * round) end end
print(sum)
local function nested(d) if d == 0 then coroutine.yield('bottom') return 'end' end
	local inner = coroutine.wrap(nested) coroutine.yield(inner(d - 1)) return inner() end
local deep = coroutine.wrap(nested)
print(deep(5), deep(), pcall(deep))

-- upvalues outlive the coroutine that made them
local get, set
coroutine.wrap(function() local v = 1 get = function() return v end set = function(x) v = x end coroutine.yield() end)()
set(7)
print(get())
print(coroutine.wrap(function() return pcall(pcall, pcall, coroutine.yield, 'x') end)())
