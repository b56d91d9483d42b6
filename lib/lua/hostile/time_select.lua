-- select() with a long list of arguments, from each end.
-- ends: ETIME "instruction limit"
local function f(...)
	while true do
		select('#', ...) select(-1, ...) select(5000, ...)
	end
end
f(table.unpack({}, 1, 5000))
