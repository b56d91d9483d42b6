-- C stack: everything that calls back, in any order, many times over; all are caught.
-- ends: ETIME "instruction limit"
local f
local t = setmetatable({}, {})
local meta = getmetatable(t)
meta.__index = function() return f() end
meta.__tostring = function() return f() end
meta.__call = function() return f() end
local ways = {
	function() return pcall(f) end,
	function() return t.x end,
	function() return tostring(t) end,
	function() return t() end,
	function() return (('x'):gsub('x', f)) end,
	function() return table.sort({ 1, 2 }, f) end,
	function() return coroutine.wrap(f)() end,
	function() return coroutine.resume(coroutine.create(f)) end,
	function() return load(f) end,
	function() return xpcall(f, f) end,
	function() return load(('('):rep(150)) end,
	function() return ('x'):rep(200):find(('x?'):rep(100) .. 'y') end,
}
f = function() return ways[math.random(#ways)]() end
while true do pcall(f) end
