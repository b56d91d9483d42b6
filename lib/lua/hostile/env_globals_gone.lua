-- Every global is removed, error and pcall with them; what fails still fails cleanly.
-- ends: EINVAL "attempt to call a nil value"
local next, g = next, _G
for k in next, g do g[k] = nil end
pcall(error)
