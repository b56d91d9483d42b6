-- A chain of generators, each of which draws on the one before it, for ever.
-- ends: ETIME "instruction limit"
local function chain(from)
	return coroutine.wrap(function()
		while true do coroutine.yield(from()) end
	end)
end
local draw = function() return 1 end
for i = 1, 4 do draw = chain(draw) end
while true do draw() end
