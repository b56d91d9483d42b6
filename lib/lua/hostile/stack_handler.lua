-- C stack: a handler that fails is called for its own error.
-- ends: 0
local function handler(m) error(m) end
local ok, m = xpcall(error, handler, 'x')
assert(not ok)
local function f() return f() + 1 end
for i = 1, 3 do
	ok, m = xpcall(f, function() return f() end)
	assert(not ok)
end
