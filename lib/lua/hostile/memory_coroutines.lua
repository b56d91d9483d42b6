-- Coroutines that are kept, each with a stack of its own.
-- ends: ENOMEM "memory limit"
local t = {}
while true do
	local co = coroutine.wrap(function() coroutine.yield() end)
	co()
	t[#t + 1] = co
end
