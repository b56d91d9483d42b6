-- Metamethods that are looked for and not there, for every operator.
-- ends: ETIME "instruction limit"
local t = setmetatable({}, {})
local function f() return t + t .. t < t, -t, #t, ~t, t() end
while true do pcall(f) end
