--!caaaaaa
local co = coroutine.wrap(function(...)
	local n = select('#', ...)
	for i = 1, n do n = n + coroutine.yield(i) end
	error('ended')
end)
co(1, 2, 3)
print(pcall(co, 5), pcall(co, 6), pcall(co))
function f(a, b) return coroutine.wrap(function() coroutine.yield(a, b) end) end
