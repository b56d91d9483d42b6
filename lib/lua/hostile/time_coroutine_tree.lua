-- Coroutines inside coroutines, all of which resume what is stopped below them.
-- ends: ETIME "instruction limit"
local function grow(n)
	return coroutine.create(function()
		while true do
			if n > 0 then coroutine.resume(grow(n - 1)) end
		end
	end)
end
coroutine.resume(grow(4))
while true do end
