-- Constants of a text that collide in the parser's own table.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 2000 do t[i] = ('x=0x%x'):format(i << 40) end
local text = table.concat(t, ' ')
while true do assert(load(text)) end
