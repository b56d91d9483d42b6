-- C stack: a coroutine in a coroutine.
-- ends: EINVAL "C stack overflow"
local function f()
	local ok, message = coroutine.resume(coroutine.create(f))
	error(message, 0)
end
f()
