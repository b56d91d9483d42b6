-- More variables and upvalues than a function may have, and labels without end.
-- ends: 0
local function names(n, what)
	local t = {}
	for i = 1, n do t[i] = what .. i end
	return table.concat(t, ',')
end
assert(load('local ' .. names(200, 'v')))
assert(not load('local ' .. names(201, 'v')))
local outer = 'local ' .. names(190, 'a') .. ' local function f() local ' .. names(190, 'b')
local f, message = load(outer .. ' return function() ' ..
	(names(190, 'a') .. ',' .. names(190, 'b')):gsub('([^,]+),?', 'x = %1 ') .. ' end end')
assert(not f and message:find('too many upvalues'), message)
f, message = load('return function(' .. names(300, 'p') .. ') end')
assert(not f and message:find('too many local variables'), message)
