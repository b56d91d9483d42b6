-- SPDX-License-Identifier: GPL-2.0
-- Statements: blocks, control structures, for at its limits, goto.
local max, min = math.maxinteger, math.mininteger
local function try(text) local f, m = load(text, '=c') print(text, f and 'fine' or m) end

-- if
local function grade(n)
	if n > 90 then return 'a' elseif n > 80 then return 'b' elseif n > 70 then return 'c' else return 'd' end
end
print(grade(95), grade(85), grade(75), grade(5))
if nil then elseif false then else print('else') end
if 0 then print('zero is true') end

-- while, repeat
local i = 0
while i < 3 do i = i + 1 if i == 2 then goto continue end print('while', i) ::continue:: end
repeat local done = i >= 5 i = i + 1 until done
print(i)
repeat local x = nil until not x
while true do break end
while false do print('never') end

-- break: the innermost loop
for i = 1, 2 do for j = 1, 3 do if j == 2 then break end print(i, j) end end
repeat if true then break end until false
while true do repeat break until false break end

-- numeric for
local function loop(a, b, c)
	local seen = {}
	for i = a, b, c or 1 do
		seen[#seen + 1] = i
		if #seen == 5 then seen[#seen + 1] = '...' break end
	end
	print(a, b, c, '->', table.concat(seen, ' '))
end
loop(1, 3) loop(3, 1) loop(1, 1) loop(0, -1) loop(-1, 0)
loop(3, 1, -1) loop(1, 3, -1) loop(1, 10, 3) loop(10, 1, -4) loop(1, 2, 5)
loop(max, max) loop(max - 1, max) loop(max - 1, max - 1) loop(max - 3, max)
loop(min, min) loop(min, min + 2) loop(min + 1, min, -1) loop(min, min, -1) loop(min + 3, min, -1)
loop(min, max, max) loop(max, min, min) loop(min, max, min) loop(1, max, max) loop(-1, min, min)
loop(max - 2, max, 2) loop(max - 2, max, 3) loop(min + 2, min, -2) loop(max, 1, max) loop(min, -1, 1 << 62)
loop(1, 3, 0) loop(3, 1, 0) loop(1, 1, 0)
loop(max, min) loop(min, max) loop(max, min, -1) loop(0, max, max // 2)
for i = 1, 3 do local i = i * 10 print(i) end
for i = 1, 2 do i = i + 5 print(i) end
for i = 3, 1 do print('never') end
for i = 1, '3' do print('limit', i) end
local n = 2
for i = 1, n do n = 10 print('once', i, n) end
local closures = {}
for i = 1, 3 do closures[i] = function() i = i + 10 return i end end
print(closures[1](), closures[1](), closures[2](), closures[3]())

-- generic for
for k, v in next, { 'a', 'b' } do print(k, v) end
for k, v in pairs { 'x', 'y', 'z' } do print(k, v) end
for i, v in ipairs { 1, 2, nil, 4 } do print(i, v) end
for w, x, y, z in function(s, c) if c < s then return c + 1, c * 2, 'three' end end, 3, 0 do print(w, x, y, z) end
for a in (function() local n = 0 return function() n = n + 1 if n < 3 then return n end end end)() do print(a) end
for k in function() return false end do print(k) break end
for c in ('abc'):gmatch '.' do local c = c:upper() print(c) end
local function closing(t) local i = 0 return function() i = i + 1 return t[i] end end
for v in closing { 'p', 'q' } do closures[#closures + 1] = function() return v end end
print(closures[4](), closures[5]())
-- clearing fields while traversing is allowed
local t = {}
for i = 1, 100 do t[i] = i t['k' .. i] = i end
local count = 0
for k in pairs(t) do t[k] = nil count = count + 1 end
print(count, next(t))

-- goto
do
	local i = 1
	::top::
	if i <= 3 then io = i i = i + 1 goto top end
	print(i, io)
	io = nil
end
for i = 1, 3 do
	for j = 1, 3 do
		if j == 2 then goto next_i end
		print('goto', i, j)
	end
	::next_i::
end
do goto done do print('skipped') end ::done:: end
do
	local k = 0
	::a:: k = k + 1
	do
		if k < 3 then goto a end
	end
	print(k)
end
-- each pass has its own local
do
	local fs, i = {}, 1
	::again::
	local x = i
	fs[i] = function() return x end
	i = i + 1
	if i <= 3 then goto again end
	print(fs[1](), fs[2](), fs[3]())
end
-- a label at the end of a block is outside of its locals' scope
do goto last local x ::last:: ; end
try 'goto nowhere'
try 'do ::inner:: end goto inner'
try '::twice:: ::twice::'
try 'goto f local x ::f:: print(x)'
try 'function f() goto out end ::out::'
try 'break'
try 'while true do function f() break end end'
try 'repeat goto cont local x ::cont:: until x'
print(load('::same:: do ::other:: end ::last:: return 1', '=c')())
print(load('goto = 1', '=c'))

-- return
print((function() return end)())
print((function() do return 1 end end)(), (function() return 1; end)())
print((function() if true then return 'early' end return 'late' end)())
try 'return 1 return 2'
try 'do return 1 x = 2 end'
try 'return return'

-- calls are statements, other expressions are not
try 'f'
try 'f.x'
try '1'
try '(f)'
try '(f())'
try 'f() = 1'
try 'a, f() = 1'
try '(a) = 1'
try '("x").y = 1'
try '"x":rep(1)'
try 'a.b:c = 1'
try 'f{}; f""; f[[]]; a.b.c(1); a:b(2); ("x"):rep(2)'
try 'x = '
try 'x = 1, '
try 'local function f.x() end'
try 'local x.y = 1'
try 'for 1 = 1, 2 do end'
try 'for i = 1 do end'
try 'for i, j = 1, 2 do end'
try 'for i in do end'
try 'if x then'
try 'if x else end'
try 'while x end'
try 'repeat'
try 'function f( end'
try 'function f(a, ..., b) end'
try 'function f(1) end'
try 'end'
try 'do end end'
try 'if x then\n\n\nelse\n\n'

-- a call on the next line is a call of the line before
local f = function(x) return function(y) return tostring(x) .. tostring(y) end end
local r = f 'a'
('b')
print(r)
