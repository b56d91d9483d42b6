-- C stack: gsub in the callback of gsub.
-- ends: EINVAL "C stack overflow"
local function f(s) return (s:gsub('.', f)) end
f('x')
