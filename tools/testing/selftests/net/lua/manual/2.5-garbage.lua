-- SPDX-License-Identifier: GPL-2.0
-- Garbage collection: weak tables, as far as a full collection makes them sure.
local function count(t)
	local n = 0
	for _ in pairs(t) do n = n + 1 end
	return n
end

local weak_values = setmetatable({}, { __mode = 'v' })
local kept = {}
weak_values[1], weak_values[2], weak_values.x, weak_values.y = {}, kept, 'string', 42
collectgarbage()
print(count(weak_values), weak_values[1], weak_values[2] == kept, weak_values.x, weak_values.y)

local weak_keys = setmetatable({}, { __mode = 'k' })
weak_keys[{}], weak_keys[kept], weak_keys.x = 1, 2, {}
collectgarbage()
print(count(weak_keys), weak_keys[kept], type(weak_keys.x))

-- an ephemeron: a value that refers to its own key does not keep it
do
	local key = {}
	weak_keys[key] = { key }
end
collectgarbage()
print(count(weak_keys))
local chain = setmetatable({}, { __mode = 'k' })
do
	local first = kept
	for i = 1, 10 do local nextkey = {} chain[first] = nextkey first = nextkey end
end
collectgarbage()
print(count(chain))

local weak_both = setmetatable({}, { __mode = 'kv' })
weak_both[kept], weak_both[{}], weak_both[1] = {}, kept, kept
collectgarbage()
print(count(weak_both), weak_both[1] == kept)

local strong = setmetatable({}, { __mode = '' })
strong[{}] = {}
collectgarbage()
print(count(strong))

-- cycles, closures and coroutines go, too
local seen = setmetatable({}, { __mode = 'v' })
do
	local a, b = {}, {}
	a.b, b.a = b, a
	seen.cycle = a
	seen.closure = function() return a end
	seen.thread = coroutine.create(function() coroutine.yield(a) end)
end
collectgarbage()
collectgarbage()
print(count(seen))

print(collectgarbage(), collectgarbage('collect'))
print(type(collectgarbage('count')), type(collectgarbage('step')))
print(pcall(collectgarbage, 'nonsense'))
local before = collectgarbage('count')
do local s = ('x'):rep(100000) end
collectgarbage()
print(collectgarbage('count') < before + 50)
