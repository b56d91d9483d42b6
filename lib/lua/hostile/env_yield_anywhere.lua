-- Yields across pcall, xpcall, metamethods and iterators, where Lua allows them.
-- ends: 0
local yield = coroutine.yield
local t = setmetatable({}, {
	__index = yield, __add = yield, __concat = yield, __call = yield, __eq = yield,
	__lt = yield, __len = yield, __unm = yield, __newindex = yield,
})
local co = coroutine.wrap(function()
	local u = setmetatable({}, getmetatable(t))
	assert(pcall(yield)) assert(xpcall(yield, error))
	local x = t.x x = t + 1 x = t .. 'x' x = t() x = t == u x = t < u x = #t x = -t
	t.x = 1
	for i in yield do if i == 'stop' then break end end
	return 'done'
end)
for i = 1, 11 do co() end
assert(co() == nil)
assert(co('stop') == 'done')
