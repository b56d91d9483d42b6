-- sort of a table that claims more elements than there can be.
-- ends: EINVAL "array too big"
table.sort(setmetatable({}, { __len = function() return 1 << 40 end }))
