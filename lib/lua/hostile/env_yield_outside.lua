-- Yields where there is nobody to yield to, and across C calls.
-- ends: EINVAL "attempt to yield from outside a coroutine"
local function fails(f, ...)
	local ok, message = coroutine.resume(coroutine.create(f), ...)
	assert(not ok and message:find('attempt to yield across a C%-call boundary'), message)
end
fails(function() table.sort({ 1, 2 }, coroutine.yield) end)
fails(function() return (('x'):gsub('x', coroutine.yield)) end)
fails(function() return tostring(setmetatable({}, { __tostring = coroutine.yield })) end)
fails(function() table.concat(setmetatable({}, { __index = coroutine.yield,
						 __len = function() return 2 end })) end)
fails(function() return require(('x'):gsub('x', coroutine.yield)) end)
coroutine.yield()
