-- A mode as long as a script may be, for many tables.
-- ends: ETIME "instruction limit"
local mt = { __mode = ('x'):rep(250000) }
local t = {}
for i = 1, 2000 do t[i] = setmetatable({}, mt) end
while true do collectgarbage() end
