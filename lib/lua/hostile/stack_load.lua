-- C stack: load in the reader of load.
-- ends: EINVAL "C stack overflow"
local function f() assert(load(f)) end
f()
