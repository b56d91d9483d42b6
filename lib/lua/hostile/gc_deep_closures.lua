-- A chain of functions, coroutines and metatables: marking must not recurse either.
-- ends: 0
local last
for i = 1, 600 do
	local inner = last
	local f = function() return inner end
	local co = coroutine.create(f)
	last = setmetatable({}, { __index = co })
end
for i = 1, 3 do collectgarbage() end
assert(last)
