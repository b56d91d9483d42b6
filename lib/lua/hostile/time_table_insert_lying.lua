-- table.insert makes room in a table that claims 2^60 elements.
-- ends: ETIME "instruction limit"
local liar = setmetatable({}, { __len = function() return 1 << 60 end })
table.insert(liar, 1, 'x')
