-- Errors thrown from every kind of callback leave the state fit for use.
-- ends: 0
local t = setmetatable({}, {
	__index = error, __newindex = error, __call = error, __add = error, __concat = error,
	__len = error, __eq = error, __lt = error, __le = error, __tostring = error,
	__pairs = error, __unm = error,
})
local u = setmetatable({}, getmetatable(t))
local function fails(f, ...) assert(not pcall(f, ...)) end
for i = 1, 20 do
	fails(function() return t.x end) fails(function() t.x = 1 end) fails(t)
	fails(function() return t + 1 end) fails(function() return t .. 'x' end)
	fails(function() return #t end) fails(function() return t == u end)
	fails(function() return t < u end) fails(function() return t <= u end)
	fails(tostring, t) fails(pairs, t) fails(table.concat, t) fails(table.unpack, t)
	fails(table.sort, t) fails(table.insert, t, 1) fails(string.gsub, 'x', 'x', error)
	fails(string.format, '%s', t) fails(print, t) assert(not load(error)) fails(table.sort, { 2, 1 }, error)
	fails(coroutine.wrap(error)) fails(next, t, 'x') fails(ipairs) fails(select, 0)
end
assert(pcall(next, {}))
