-- Every global is something else; the binding does not ask them.
-- ends: 0
local poison = setmetatable({}, { __index = error, __newindex = error, __call = error })
local g, assert, next = _G, assert, next
for k in next, g do g[k] = poison end
assert(tostring == poison)
