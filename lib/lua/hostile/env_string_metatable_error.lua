-- An error message is made while the metatable of strings is broken.
-- ends: EINVAL "attempt to"
getmetatable('').__index = nil
getmetatable('').__tostring = function() return {} end
getmetatable('').__name = {}
local x = ('x').y.z
