-- SPDX-License-Identifier: GPL-2.0
-- Visibility rules: blocks, closures and their upvalues.
x = 10
do
	local x = x
	print(x)
	x = x + 1
	do local x = x + 1 print(x) end
	print(x)
end
print(x)
x = nil

-- each execution of local makes a new variable
local a, y = {}, 20
for i = 1, 10 do
	local y = 0
	a[i] = function() y = y + 1 return y + i end
end
print(a[1](), a[1](), a[2](), a[10](), y)

-- shared between closures
local function account(balance)
	return function(n) balance = balance + n return balance end, function() return balance end
end
local put1, get1 = account(100)
local put2, get2 = account(5)
print(put1(10), put1(-20), get1(), put2(1), get2(), get1())

-- through several functions
local function level1()
	local v = 1
	return function()
		return function()
			v = v * 2
			return function() v = v + 1 return v end
		end
	end
end
local l2 = level1()
local l3 = l2()
print(l3()(), l3()(), l2()()())

-- recursion
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end
print(fact(20), fact(21))
local fib
fib = function(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20))
local g = function() return g end
print(g())
local function ack(m, n) if m == 0 then return n + 1 elseif n == 0 then return ack(m - 1, 1) end return ack(m - 1, ack(m, n - 1)) end
print(ack(2, 9))

-- the scope of a local begins after its statement
local z = 1
local z = (function() return z end)() + 1
print(z)
-- repeat's condition sees the body's locals
local n = 0
repeat local last = n >= 3 local f = function() return last end n = n + 1 until f()
print(n)
-- parameters are locals
local function swap(p, q) p, q = q, p return p, q end
print(swap(1, 2))
local function default(p) p = p or 'd' return function() return p end end
print(default()(), default('x')())

-- while and goto loops, too, have a variable for each round
local fs, i = {}, 0
while i < 3 do i = i + 1 local j = i fs[i] = function() j = j + 100 return j end end
print(fs[1](), fs[1](), fs[3](), i)
-- a closed and an open upvalue are one variable
local get
do
	local v = 'open'
	get = function(new) v = new or v return v end
	v = 'changed while open'
	print(get())
end
print(get(), get('changed when closed'), get())
-- counters, memoizers, currying, composition
local function memoize(f) local seen = {} return function(n) local r = seen[n] if not r then r = f(n) seen[n] = r end return r end end
local calls = 0
local square = memoize(function(n) calls = calls + 1 return n * n end)
print(square(5), square(5), square(6), calls)
local function curry(f) return function(a) return function(b) return f(a, b) end end end
print(curry(function(a, b) return a * 10 + b end)(4)(2))
local function compose(f, ...) if not f then return function(...) return ... end end
	local rest = compose(...) return function(...) return f(rest(...)) end end
print(compose(function(n) return n + 1 end, function(n) return n * 2 end, math.abs)(-5))
