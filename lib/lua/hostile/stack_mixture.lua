-- C stack: everything that calls back, in turn.
-- ends: EINVAL "C stack overflow"
local f
local t = setmetatable({}, {})
local meta = getmetatable(t)
meta.__index = function() return f() end
meta.__tostring = function() return f() end
meta.__lt = function() return f() end
meta.__concat = function() return f() end
local ways = {
	function() return assert(pcall(f)) end,
	function() return t.x end,
	function() return tostring(t) end,
	function() return t < t end,
	function() return t .. 'x' end,
	function() return (('x'):gsub('x', f)) end,
	function() table.sort({ 1, 2 }, f) end,
	function() return coroutine.wrap(f)() end,
	function() return assert(load(f)) end,
	function() return assert(xpcall(f, tostring)) end,
	function() return table.concat({ 'x', f() }) end,
}
local n = 0
f = function()
	n = n + 1
	return ways[n % #ways + 1]()
end
f()
