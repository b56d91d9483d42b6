-- SPDX-License-Identifier: GPL-2.0
-- Environments: free names are fields of _ENV.
local print, tostring, load, setmetatable = print, tostring, load, setmetatable
print(_G == _ENV, _G._G == _G, _G.print == print)
x = 1
print(_G.x, _ENV.x, _ENV['x'])
_ENV.y = 2
print(y, _G.y)

do
	local _ENV = { z = 'inner' }
	print(z, x, _G)
	z = 'changed'
	w = 'new'
	print(z, w, _ENV.w)
end
print(z, w)

local function in_env(_ENV) a = b return a end
print(in_env { b = 5 }, a)

local env = {}
local chunk = load('v = 7 return v, _G', '=c', 't', env)
print(chunk())
print(env.v, v)
print(load('return _ENV', '=c', 't', env)() == env)
print(load('return _ENV', '=c', 't', 5)())
print(pcall(load('return x', '=c', 't', nil)))
print(pcall(load('x = 1', '=c', 't', 5)))

-- an environment that answers for every name
do
	local seen = {}
	local _ENV = setmetatable({}, {
		__index = function(_, name) return 'value of ' .. name end,
		__newindex = function(_, name, value) seen[#seen + 1] = name .. '=' .. tostring(value) end,
	})
	print(one, two)
	one = 1
	print(one, seen[1])
end

-- _ENV is an upvalue that functions share
local function counter()
	local _ENV = { n = 0 }
	return function() n = n + 1 return n end, function() n = 0 end
end
local count, reset = counter()
print(count(), count(), reset(), count())

-- changing _ENV of the chunk
local saved = _ENV
_ENV = { print = print }
print(x, math, saved.math ~= nil)
_ENV = saved
print(x)

-- names that are no globals
local function f()
	local x = 'local'
	print(x, _ENV.x)
end
f()
for x = 1, 1 do print(x, _G.x) end
_G['not a name'] = 3
print(_G['not a name'])
x, y = nil
print(x, y)
