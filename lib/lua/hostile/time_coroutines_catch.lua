-- Each coroutine ends with the budget; the next one is started all the same.
-- ends: ETIME "instruction limit"
while true do
	local co = coroutine.create(function() while true do end end)
	coroutine.resume(co)
end
