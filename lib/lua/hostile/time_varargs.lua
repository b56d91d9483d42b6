-- A long list of arguments handed on from function to function.
-- ends: ETIME "instruction limit"
local function hand(...) return ... end
local function f(...)
	while true do hand(hand(hand(hand(...)))) end
end
f(table.unpack({}, 1, 5000))
