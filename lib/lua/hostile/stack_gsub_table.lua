-- C stack: gsub whose replacement is a table with __index that calls gsub.
-- ends: EINVAL "C stack overflow"
local t = setmetatable({}, {})
getmetatable(t).__index = function(_, k) return (k:gsub('.', t)) end
local s = ('x'):gsub('.', t)
