-- SPDX-License-Identifier: GPL-2.0
-- Errors: error, assert, pcall, xpcall, and what raises them.
local function fails(f, ...)
	local ok, m = pcall(f, ...)
	print(ok, type(m), tostring(m))
end

fails(error)
fails(error, nil)
fails(error, 'text')
fails(error, 'text', 0)
fails(error, 'text', 1)
fails(error, 'text', 2)
fails(error, 42)
fails(error, true)
fails(function() error('here') end)
fails(function() error('here', 0) end)
fails(function() error('here', 1) end)
fails(function() error('caller', 2) end)
fails(function()
	local function inner() error('two up', 2) end
	inner()
end)
fails(function()
	local function inner() error('three up', 3) end
	local function middle() inner() return 1 end
	middle()
	return 2
end)
local object = { code = 7 }
local ok, e = pcall(error, object)
print(ok, e == object, e.code)
ok, e = pcall(error, setmetatable({}, { __tostring = function() return 'shown' end }))
print(ok, tostring(e))

-- assert
print(assert(1, 2, 3))
print(select('#', assert(true, nil, nil)))
fails(assert, false)
fails(assert, nil)
fails(assert, false, 'why')
fails(assert, false, 42)
fails(assert)
ok, e = pcall(assert, false, object)
print(e == object)

-- pcall
print(pcall(function() end))
print(pcall(function(...) return select('#', ...), ... end, 1, nil, 3))
print(pcall(pcall, error, 'x'))
print(pcall(pcall))
print(select('#', pcall(error)))
fails(pcall)
fails(nil)
fails('text')
fails({})

-- xpcall: the handler sees the stack as it was, its result is the result
print(xpcall(error, function(m) return '<' .. tostring(m) .. '>' end, 'x', 0))
print(xpcall(function(...) return ... end, print, 1, 2, nil))
print(xpcall(function() local x = nil + 1 end, function(m) return type(m), 'dropped' end))
print(select('#', xpcall(error, function() end)))
print(xpcall(error, function(m) return pcall(error, m) end, 'y', 0))
fails(xpcall)
fails(xpcall, print)
print(pcall(xpcall, error, nil))
local depth = 0
xpcall(function()
	local function f(n) if n == 0 then error('deep') end return 1 + f(n - 1) end
	f(10)
end, function(m) depth = depth + 1 return m end)
print(depth)

-- what operations raise
local n, s, t, b = nil, 'text', {}, true
fails(function() return n + 1 end)
fails(function() return 1 + n end)
fails(function() return t - 1 end)
fails(function() return s * 2 end)
fails(function() return b // 2 end)
fails(function() return -t end)
fails(function() return -s end)
fails(function() return #n end)
fails(function() return #5 end)
fails(function() return n .. 'x' end)
fails(function() return 'x' .. t end)
fails(function() return t & 1 end)
fails(function() return s | 1 end)
fails(function() return ~n end)
fails(function() return 1 << t end)
fails(function() return 1 < 'x' end)
fails(function() return 'x' < 1 end)
fails(function() return t < t end)
fails(function() return n <= 1 end)
fails(function() return t > 1 end)
fails(function() return {} >= 'x' end)
fails(function() return print < print end)
fails(function() return n.x end)
fails(function() return n[1] end)
fails(function() return b.x end)
fails(function() return (5).x end)
fails(function() n.x = 1 end)
fails(function() s.x = 1 end)
fails(function() n() end)
fails(function() t() end)
fails(function() s() end)
fails(function() t.x() end)
fails(function() t:x() end)
fails(function() s:nothing() end)
fails(function() undefined() end)
fails(function() undefined.x.y() end)
fails(function() t.a.b = 1 end)
fails(function() t[nil] = 1 end)
fails(function() return 1 // 0 end)
fails(function() return 1 % 0 end)
fails(function() for i = n, 1 do end end)
fails(function() for i = 1, n do end end)
fails(function() for i = 1, 2, n do end end)
fails(function() for i = 1, t do end end)
fails(function() for k in n do end end)
fails(function() for k in pairs(n) do end end)

-- arguments of library functions
fails(string.rep)
fails(string.rep, 'x')
fails(string.rep, 'x', 'y')
fails(string.rep, {}, 1)
fails(('x').rep, 'x', {})
fails(function() ('x'):rep() end)
fails(function() ('x'):rep({}) end)
fails(setmetatable, 1, 2)
fails(setmetatable, {})
fails(setmetatable, {}, 1)
fails(ipairs)
fails(pairs)
fails(next, {}, 'nothing')
fails(select, 0)
fails(tonumber)
fails(tostring)
fails(type)
fails(rawlen, 5)
fails(rawget, 1, 1)
fails(math.ult, 1, 'x')
fails(table.concat, { 1, {}, 3 })
fails(table.insert, { 1, 2 }, 9, 'x')
fails(table.insert, {}, 1, 2, 3)
fails(utf8.char, -1)
fails(utf8.codepoint, '\xff')

-- an error leaves loops, coroutines and nested calls
local trace = {}
for i = 1, 3 do
	local ok = pcall(function()
		for j = 1, 3 do
			trace[#trace + 1] = i .. j
			if j == 2 then error('out') end
		end
	end)
	trace[#trace + 1] = tostring(ok)
end
print(table.concat(trace, ' '))
local function recurse(n) if n == 0 then error('bottom', 0) end recurse(n - 1) end
print(pcall(recurse, 100))
print(select(2, pcall(load, 'x ==')) == nil, load('x ==', '=c'))
