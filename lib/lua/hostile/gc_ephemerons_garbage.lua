-- Chains of weak keys that take long to find, and entries that are garbage: whose key is
-- freed must not be in the table any more.
-- ends: EINVAL "all is well"
local weak = { __mode = 'k' }
local chain, garbage = setmetatable({}, weak), setmetatable({}, weak)
local first = {}
local key = first
for i = 1, 300 do
	local value = {}
	chain[key] = value
	key = value
end
for i = 1, 64 do garbage[{}] = {} end
collectgarbage()
assert(next(garbage) == nil)
-- what takes their place
local keep = {}
for i = 1, 400 do keep[i] = ('%s%07d'):format(('A'):rep(32), i) end
local n = 0
for _ in next, chain do n = n + 1 end
assert(n == 300, n)
collectgarbage()
error('all is well')
