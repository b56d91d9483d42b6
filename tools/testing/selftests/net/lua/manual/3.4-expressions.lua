-- SPDX-License-Identifier: GPL-2.0
-- Precedence, logic, length, concatenation, constructors, calls, varargs, functions.
-- precedence and associativity
print(1 + 2 * 3, (1 + 2) * 3, 2 * 3 % 4, 2 + 3 << 1, 1 << 2 + 1, 7 & 3 | 8, 1 | 2 ~ 3 & 6, 5 - 3 - 1, 100 // 7 // 2)
print(-2 * 3, - 2 + 5, ~5 & 7, -3 % 5, -(3 % 5), not 1 == 2, not (1 == 2), #'abc' + 1, -#'abc', ~#'abc', - - 2)
print(1 .. 2 .. 3, 'a' .. 1 + 2 .. 'b', 1 + 1 .. '', 2 * 3 .. 4 * 5)
print(1 < 2 == true, 'a' .. 'b' == 'ab', 1 | 2 == 3, 6 & 3 == 2, 1 << 2 == 4)
print(1 or 2 and nil, (1 or 2) and nil, nil and 1 or 2, false or nil, not nil and 1, 1 and 2 or 3, nil or false and 1)
print(2 > 1 and 3 > 2 or 4 > 5, 1 == 1 ~= false, 'a' < 'b' == true)
print(5 // 2 * 2 + 5 % 2, -7 // 2 * 2 + -7 % 2, 1 << 1 << 1, 64 >> 1 >> 1, 8 - 4 << 1, 1 ~ 1 ~ 1)

-- and, or: short cuts
local log = {}
local function note(v, name) log[#log + 1] = name return v end
local _ = note(false, 'a') and note(1, 'b') or note(nil, 'c') or note(5, 'd') and note(false, 'e')
print(_, table.concat(log))
local function all(...) local r = true for i = 1, select('#', ...) do r = r and (select(i, ...)) end return r end
print(all(1, 2, 3), all(1, false, 3), all(1, nil, false), all())
local x = nil
x = x or 'default'
print(x, x and #x, x and x.y, not not x)
for _, a in ipairs { true, false } do for _, b in ipairs { true, false } do for _, c in ipairs { true, false } do
	print(a, b, c, a and b and c, a or b or c, a and b or c, a or b and c, not a and b, not (a or b) == (not a and not b))
end end end

-- strings compare by bytes
local words = { '', 'a', 'A', 'ab', 'b', 'B', '\0', 'a\0', 'a\0b', '\xff', '\x7f', '\x80', 'z', '10', '9', ' ', '\xc3\xa9' }
for _, a in ipairs(words) do
	local line = {}
	for _, b in ipairs(words) do line[#line + 1] = a < b and '<' or a == b and '=' or a > b and '>' or '?' end
	print(table.concat(line), a <= '\x80', a >= 'a')
end

-- length
print(#'', #'abc', #'\0\0', #{}, #{ 1, 2, 3 }, #{ n = 1 }, #{ 1, 2, 3, n = 4 }, #{ [1] = 1, [2] = 2 })
local t = {}
for i = 1, 1000 do t[i] = i if #t ~= i then print('length', i, #t) end end
for i = 1000, 1, -1 do t[i] = nil if #t ~= i - 1 then print('length', i, #t) end end
print(#t)

-- table constructors
local function show(t)
	local keys = {}
	for k in pairs(t) do keys[#keys + 1] = k end
	table.sort(keys, function(a, b) return type(a) == type(b) and a < b or type(a) < type(b) end)
	for i, k in ipairs(keys) do keys[i] = tostring(k) .. '=' .. tostring(t[k]) end
	print('{' .. table.concat(keys, ' ') .. '}')
end
local function f() return 1, 2, 3 end
show {} show { 1 } show { 1, 2; 3, } show { x = 1, y = 2; } show { [1] = 'a', 'b' } show { 'b', [1] = 'a' }
show { f() } show { f(), f() } show { f(), 10 } show { (f()) } show { f(), nil } show { [f()] = f() } show { x = f() }
show { 1, x = 2, 3, [10] = 4, 5 } show { [-1] = -1, [0] = 0, 1 } show { ['a b'] = 1, ['end'] = 2, [true and 'x'] = 3 }
show { nil, nil, 3 } show { (function(...) return ... end)(7, 8, 9) } show { x = 1, x = 2 } show { { } ~= nil }
local big = {}
for i = 1, 300 do big[i] = tostring(i) end
local list = load('return {' .. table.concat(big, ',') .. '}')()
print(#list, list[1], list[50], list[51], list[300])
list = load('return {' .. ('f(),'):rep(120) .. '}', '=c', 't', { f = f })()
print(#list, list[1], list[120], list[122])
show(load('return {...}')('a', 'b', nil, 'd'))
print(#{ table.unpack({}, 1, 0) }, #{ n = f() }, ({ f() })[3], ({ 'x' })[1])
for _, text in ipairs { '{', '{1,,2}', '{,}', '{;}', '{x=}', '{[1]}', '{1 2}', '{x y}', '{[x]=1,}', '{=1}' } do
	print(load('return ' .. text, '=c') and text or select(2, load('return ' .. text, '=c')))
end

-- calls
print((f()), f(), (f()))
print(type 'x', type { }, type [[x]], #{ f() }, ('x'):rep(3), ('%d'):format(5), ({ f = f }).f())
local obj = { n = 1 }
function obj:inc(by) self.n = self.n + (by or 1) return self end
function obj.static(x) return x end
print(obj:inc():inc(5):inc().n, obj.static(3), obj:static() == obj, obj.inc(obj).n)
local a = { b = { c = {} } }
function a.b.c.f(x) return 'f' .. x end
function a.b.c:g(x) return self == a.b.c, x end
print(a.b.c.f(1), a.b.c:g(2))
print((function(a, b, c) return c, b, a end)(1, 2))
print((function(a) return a end)(1, 2, 3))
print(select('#', f()), select('#', f(), f()), select('#', (f())), select('#'))
-- arguments are evaluated from left to right
log = {}
print(note(1, 'x'), note(2, 'y'), note(3, 'z'), table.concat(log))
-- a tail call takes no stack
local function loop(n, acc) if n == 0 then return acc end return loop(n - 1, acc + 1) end
print(loop(200000, 0))
local function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(10001), even(10000))
odd = nil

-- varargs
local function v(...) return select('#', ...), ... end
print(v()) print(v(nil)) print(v(1, nil)) print(v(nil, nil, 3)) print((v(1, 2)))
local function first(...) local a, b = ... return a, b end
print(first(), first(1), first(1, 2, 3))
local function tail(a, ...) return ... end
print(tail(1, 2, 3), tail(1), (tail(1, 2, 3)))
local function pack(...) return { n = select('#', ...), ... } end
local p = pack(1, nil, 3, nil)
print(p.n, p[1], p[2], p[3], p[4], #pack())
local function sum(...) local s = 0 for _, x in ipairs { ... } do s = s + x end return s end
print(sum(), sum(1), sum(1, 2, 3), sum(table.unpack { 1, 2, 3, 4 }))
print(select('#', table.unpack({}, 1, 250)), (select(250, table.unpack({}, 1, 250))))
local function chain(...) return v(v(...)) end
print(chain(1, 2))
print(load('return function() return ... end', '=c'))
print(load('local a, b = ... return b, a')('x', 'y'))
print((function(...) local function inner() return 1 end return inner(), ... end)(8, 9))
print(select('#', ...), ... == nil)
for i, x in ipairs { v('a', 'b') } do print(i, x) end
