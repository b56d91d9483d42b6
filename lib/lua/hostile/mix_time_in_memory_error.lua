-- A memory error in a handler of a handler while time runs out.
-- ends: ETIME "instruction limit"
local function fill() local s = 'x' while true do s = s .. s end end
while true do
	xpcall(fill, function() return xpcall(fill, fill) end)
end
