-- The string library is emptied and filled with what fails.
-- ends: EINVAL "poisoned"
for name in pairs(string) do string[name] = function() error('poisoned') end end
local s = ('x'):rep(3)
