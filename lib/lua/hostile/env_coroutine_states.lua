-- Coroutines that are dead, running, or resume themselves.
-- ends: 0
local co
co = coroutine.create(function()
	assert(not coroutine.resume(co))
	assert(not pcall(coroutine.wrap(function() return coroutine.resume(co) end)) or true)
	assert(coroutine.status(co) == 'running')
	error({})
end)
local ok, e = coroutine.resume(co)
assert(not ok and type(e) == 'table' and coroutine.status(co) == 'dead')
for i = 1, 100 do assert(not coroutine.resume(co)) end
local w
w = coroutine.wrap(function() return pcall(w) end)
assert(w() == false)
