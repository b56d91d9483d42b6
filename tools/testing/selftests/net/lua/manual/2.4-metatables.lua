-- SPDX-License-Identifier: GPL-2.0
-- Metatables: every event, on either side, with the operands it gets.
local function name(v)
	return type(v) == 'table' and rawget(v, 'name') or tostring(v)
end
local events = { '__add', '__sub', '__mul', '__div', '__mod', '__pow', '__unm', '__idiv',
	'__band', '__bor', '__bxor', '__shl', '__shr', '__bnot', '__concat' }
local mt = {}
for _, event in ipairs(events) do
	mt[event] = function(a, b) return event .. '(' .. name(a) .. ',' .. name(b) .. ')', 'dropped' end
end
local function new(n) return setmetatable({ name = n }, mt) end
local a, b = new 'a', new 'b'

print(a + b, a + 1, 1 + a, a + 'x', 'x' + a)
print(a - b, a - 1, 1 - a, (a - {}):sub(1, 8))
print(a * b, a * 1, 1 * a)
print(a / b, a / 1, 1 / a)
print(a % b, a % 1, 1 % a)
print(a ^ b, a ^ 1, 1 ^ a)
print(a // b, a // 1, 1 // a)
print(a & b, a & 1, 1 & a, 'x' & a)
print(a | b, a | 1, 1 | a)
print(a ~ b, a ~ 1, 1 ~ a)
print(a << b, a << 1, 1 << a)
print(a >> b, a >> 1, 1 >> a)
print(-a, ~a)
print(a .. b, a .. 1, 1 .. a, a .. 'x', 'x' .. a)
print('x' .. 'y' .. a, a .. 'x' .. 'y', 1 .. a .. 2)
print(a + nil, nil + a, a + true, a & nil)

-- the left operand's comes first
local c = setmetatable({ name = 'c' }, { __add = function(x, y) return 'c adds ' .. name(x) .. ' ' .. name(y) end })
print(a + c, c + a, c + 1, 1 + c)
print(pcall(function() return c - 1 end))

-- length
local len = setmetatable({ 1, 2, 3 }, { __len = function(t) return rawlen(t) * 10 end })
print(#len, rawlen(len))
print(#setmetatable({}, { __len = function() return 'not a number' end }))
print(#setmetatable({}, { __len = function() return 1, 2 end }))

-- comparison
local order = {}
order.__eq = function(x, y) return x.v == y.v end
order.__lt = function(x, y) return (type(x) == 'table' and x.v or x) < (type(y) == 'table' and y.v or y) end
order.__le = function(x, y) return (type(x) == 'table' and x.v or x) <= (type(y) == 'table' and y.v or y) end
local function num(v) return setmetatable({ v = v }, order) end
print(num(1) == num(1), num(1) ~= num(1), num(1) == num(2), num(1) == 1, rawequal(num(1), num(1)))
print(num(1) < num(2), num(2) < num(1), num(1) > num(2), num(1) < 2, 1 < num(2), 'x' == num(1))
print(num(1) <= num(1), num(2) <= num(1), num(1) >= num(2), num(1) <= 0, 5 >= num(2))
-- without __le, "not (b < a)"
local only_lt = { __lt = function(x, y) return x.v < y.v end }
local p, q = setmetatable({ v = 1 }, only_lt), setmetatable({ v = 2 }, only_lt)
print(p <= q, q <= p, p >= q, q >= p, p <= p)
-- results are made boolean
local odd = setmetatable({}, { __lt = function() return 'yes' end, __le = function() return nil end,
	__eq = function() return 1 end })
local odd2 = setmetatable({}, getmetatable(odd))
print(odd < odd2, odd <= odd2, odd == odd2, odd ~= odd2)
-- __eq: for two tables only, of either one's metatable
local eq = setmetatable({}, { __eq = function() return true end })
print(eq == {}, ({}) == eq, eq == 1, eq == 'x', eq == nil)

-- index and newindex
local log = {}
local t = setmetatable({}, {
	__index = function(t, k) log[#log + 1] = 'get ' .. tostring(k) return k end,
	__newindex = function(t, k, v) log[#log + 1] = 'set ' .. tostring(k) rawset(t, k, v) end,
})
print(t.x, t[1], t[true])
t.x = 5
t.x = 6
print(t.x, rawget(t, 'y'), t.y, table.concat(log, ','))
local base = { inherited = 'base' }
local derived = setmetatable({}, { __index = base, __newindex = base })
derived.new = 1
print(derived.inherited, rawget(derived, 'new'), base.new, derived.new)
local chain = setmetatable({}, { __index = setmetatable({ one = 1 }, { __index = setmetatable({ two = 2 },
	{ __index = function(_, k) return k .. '?' end }) }) })
print(chain.one, chain.two, chain.three)
print(setmetatable({}, { __index = 'text' }).len == string.len)
print(pcall(function() return setmetatable({}, { __index = 5 }).x end))
local loop = setmetatable({}, {})
getmetatable(loop).__index = loop
print(select(2, pcall(function() return loop.x end)):match('[^:]*$'))
getmetatable(loop).__newindex = loop
print(select(2, pcall(function() loop.x = 1 end)):match('[^:]*$'))
-- on nil values only
local present = setmetatable({ x = false }, { __index = function() return 'index' end })
print(present.x, present.y)
present.x = nil
print(present.x)

-- call
local callable = setmetatable({}, { __call = function(self, ...) return self.v, select('#', ...), ... end })
callable.v = 'v'
print(callable(), callable(1, nil, 3))
print(pcall(callable, 'x'))
print((function() return callable('tail') end)())
print(callable 'string', callable { } ~= nil)
local twice = setmetatable({}, { __call = callable })
print(pcall(twice, 7))
print(pcall(setmetatable({}, { __call = 5 })))
print(select('#', table.unpack({ callable(1, 2) }, 1, 4)))
for x in setmetatable({}, { __call = function(_, s, i) if i < s then return i + 1 end end }), 3, 0 do io = x end
print(io)
io = nil

-- tostring, name, metatable, pairs
print(tostring(setmetatable({}, { __tostring = function() return 'a string' end })))
print(pcall(tostring, setmetatable({}, { __tostring = function() return 5 end })))
print(pcall(tostring, setmetatable({}, { __tostring = function() return {} end })))
print((tostring(setmetatable({}, { __name = 'My.Type' })):gsub(':.*', '')))
print(select(2, pcall(function() return setmetatable({}, { __name = 'My.Type' }) + 1 end)):match('attempt.*'))
print(select(2, pcall(string.rep, setmetatable({}, { __name = 'My.Type' }))))
print(getmetatable(setmetatable({}, { __metatable = 'hidden' })))
print(pcall(setmetatable, setmetatable({}, { __metatable = 1 }), {}))
print(getmetatable(setmetatable({}, { __metatable = false })))
local mypairs = setmetatable({}, { __pairs = function(t) return function(_, k)
	k = (k or 0) + 1 if k < 4 then return k, k * k end end, t, nil end })
for k, v in pairs(mypairs) do print(k, v) end
print(select('#', pairs(setmetatable({}, { __pairs = function() return 1 end }))))
local seq = setmetatable({}, { __index = function(_, i) if i <= 3 then return i * 10 end end })
for i, v in ipairs(seq) do print(i, v) end

-- changing a metatable
local m = {}
local obj = setmetatable({}, m)
print(pcall(function() return obj + 1 end))
m.__add = function() return 'now' end
print(obj + 1)
m.__add = nil
print(pcall(function() return obj + 1 end))
print(setmetatable(obj, nil) == obj, getmetatable(obj))

-- strings have one that all share
local smt = getmetatable('')
print(smt.__index == string, getmetatable('x') == smt)
smt.__add = nil
string.shout = function(s) return s:upper() .. '!' end
print(('hey'):shout(), #'abc', ('x'):rep(3))
smt.__call = function(s, n) return s:rep(n) end
print(('ab')(3))
smt.__call = nil
string.shout = nil
smt.__index = function(s, k) return type(k) == 'number' and s:sub(k, k) or string[k] end
print(('hello')[2], ('hello'):len())
smt.__index = string
print(getmetatable(1), getmetatable(nil), getmetatable(print))
