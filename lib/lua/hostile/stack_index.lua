-- C stack: __index that is a function that indexes.
-- ends: EINVAL "C stack overflow"
local t = setmetatable({}, {})
getmetatable(t).__index = function(t, k) return t[k] end
local x = t.x
