-- Recursion without end in Lua, which takes no C stack.
-- ends: ENOMEM "memory limit"
local function f() return 1 + f() end
f()
