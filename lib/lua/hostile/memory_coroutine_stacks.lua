-- A few coroutines, each with a stack that is deep.
-- ends: EINVAL "not enough memory"
local function deep(n)
	if n == 0 then coroutine.yield() return 0 end
	return 1 + deep(n - 1)
end
local t = {}
local function another()
	t[#t + 1] = coroutine.create(deep)
	assert(coroutine.resume(t[#t], 1000))
end
local ok, why
repeat ok, why = pcall(another) until not ok
t = nil
error(why)
