-- Errors whose object has a __tostring that fails, recurses, or never ends.
-- ends: EINVAL "(error object is a table value)"
local object = setmetatable({}, { __tostring = function(t) return tostring(t) end })
local ok, e = pcall(error, object)
assert(not ok and rawequal(e, object))
setmetatable(object, { __tostring = function() while true do end end })
error(object)
