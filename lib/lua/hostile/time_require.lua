-- require() of libraries with long names that do not exist.
-- ends: ETIME "instruction limit"
local name = ('x'):rep(100000)
while true do pcall(require, name) end
