-- C stack: ten thousand objects, each of which needs the text of the next.
-- ends: EINVAL "C stack overflow"
local t = setmetatable({}, { __tostring = function() return 'end' end })
local function ask(t) return tostring(t.next) end
local meta = { __tostring = ask }
for i = 1, 2000 do t = setmetatable({ next = t }, meta) end
tostring(t)
