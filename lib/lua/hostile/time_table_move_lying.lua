-- table.move between objects that only say that they are tables.
-- ends: ETIME "instruction limit"
local liar = setmetatable({}, {
	__index = function() return 1 end,
	__newindex = function() end,
})
table.move(liar, 1, math.maxinteger - 1, 1, setmetatable({}, { __newindex = function() end }))
