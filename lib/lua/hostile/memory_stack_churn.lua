-- A stack that grows by a call and is shrunk by a collection.
-- ends: ETIME "instruction limit"
local function f(n) return n == 0 and 0 or 1 + f(n - 1) end
while true do f(1000) collectgarbage('step') end
