-- C stack: __tostring that is tostring.
-- ends: EINVAL "C stack overflow"
local t = setmetatable({}, { __tostring = tostring })
tostring(t)
