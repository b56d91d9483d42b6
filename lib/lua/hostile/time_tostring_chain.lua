-- __tostring that asks the next object, which asks the next.
-- ends: ETIME "instruction limit"
local t = 'end'
for i = 1, 4 do
	local inner = t
	t = setmetatable({}, { __tostring = function() return tostring(inner) end })
end
while true do tostring(t) end
