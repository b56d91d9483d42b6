-- C stack: a library's name that is an object with __tostring is no name.
-- ends: EINVAL "string expected"
require(setmetatable({}, { __tostring = function() return 'string' end }))
