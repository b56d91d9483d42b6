-- A finalizer would run when nobody counts: there are none, whenever __gc is set.
-- ends: 0
assert(not pcall(setmetatable, {}, { __gc = print }))
assert(not pcall(setmetatable, {}, { __gc = true }))
local ran = false
local meta = {}
local t = setmetatable({}, meta)
meta.__gc = function() ran = true end
meta.__close = function() ran = true end
t = nil
collectgarbage() collectgarbage()
assert(not ran)
