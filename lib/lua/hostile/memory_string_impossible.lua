-- A string that is larger than any memory.
-- ends: EINVAL "resulting string too large"
local s = ('xx'):rep(math.maxinteger)
