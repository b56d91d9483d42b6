-- One string that is larger than the limit.
-- ends: ENOMEM "memory limit"
local s = ('x'):rep(1 << 30)
