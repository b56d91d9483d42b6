-- rep, as fast as it can: the copies are C's, not the VM's.
-- ends: ETIME "instruction limit"
local block = ('x'):rep(1000)
while true do local s = block:rep(300) end
