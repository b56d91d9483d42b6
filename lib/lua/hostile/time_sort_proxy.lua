-- sort of a table that claims 2^31 - 2 elements, each made when it is asked for.
-- ends: ETIME "instruction limit"
local liar = setmetatable({}, {
	__len = function() return (1 << 31) - 2 end,
	__index = function(_, i) return -i end,
	__newindex = function() end,
})
table.sort(liar)
