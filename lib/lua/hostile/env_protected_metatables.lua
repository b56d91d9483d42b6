-- Metatables of the libraries and their objects cannot be changed.
-- ends: EINVAL "protected metatable"
assert(not pcall(setmetatable, print, {}))
assert(not pcall(setmetatable, 'x', {}))
assert(not pcall(setmetatable, coroutine.create(print), {}))
local t = setmetatable({}, { __metatable = false })
assert(getmetatable(t) == false)
setmetatable(t, {})
