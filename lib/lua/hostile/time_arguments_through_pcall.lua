-- Each level of pcall moves all the arguments of the last one.
-- ends: ETIME "instruction limit"
local function f(...)
	while true do
		pcall(pcall, pcall, pcall, pcall, pcall, pcall, pcall, select, '#', ...)
	end
end
f(table.unpack({}, 1, 10000))
