-- Time, by recursion that takes neither stack nor memory.
-- ends: ETIME "instruction limit"
local function f(n) return f(n + 1) end
f(0)
