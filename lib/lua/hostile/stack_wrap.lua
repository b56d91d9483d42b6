-- C stack: coroutine.wrap in coroutine.wrap, whose errors get longer on the way.
-- ends: EINVAL "C stack overflow"
local function f() coroutine.wrap(f)() end
f()
