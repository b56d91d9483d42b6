-- __index that leads back to itself is an error.
-- ends: EINVAL "'__index' chain too long"
local t = {}
setmetatable(t, { __index = t })
t.x = t.y
