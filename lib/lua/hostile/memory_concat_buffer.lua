-- table.concat and gsub fill a buffer that has no end.
-- ends: ENOMEM "memory limit"
local liar = setmetatable({}, {
	__len = function() return 1 << 60 end,
	__index = function() return 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' end,
})
table.concat(liar, ',')
