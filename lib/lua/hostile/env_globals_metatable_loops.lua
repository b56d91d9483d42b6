-- _G gets a metatable that is its own __index.
-- ends: EINVAL "chain too long"
setmetatable(_G, _G)
_G.__index = _G
x = nowhere
