-- xpcall in the handler of an xpcall, each of which catches the end of the budget.
-- ends: ETIME "instruction limit"
local function handler()
	return xpcall(error, function() while true do end end)
end
while true do xpcall(error, handler) end
