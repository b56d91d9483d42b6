-- table.remove closes a gap in a table that claims 2^60 elements.
-- ends: ETIME "instruction limit"
local liar = setmetatable({}, { __len = function() return 1 << 60 end })
table.remove(liar, 1)
