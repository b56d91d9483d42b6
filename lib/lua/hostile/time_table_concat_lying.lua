-- table.concat of 2^60 empty strings.
-- ends: ETIME "instruction limit"
local liar = setmetatable({}, {
	__len = function() return 1 << 60 end,
	__index = function() return '' end,
})
table.concat(liar)
