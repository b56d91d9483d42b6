-- A name is looked for among the variables of all functions around it.
-- ends: ETIME "instruction limit"
-- on a small stack: overflow
local names = {}
for i = 1, 180 do names[i] = 'v' .. i end
local open = 'local ' .. table.concat(names, ',') .. ' local function f() '
local depth = 8
local text = open:rep(depth) .. ('a=b '):rep(2000) .. ('end '):rep(depth)
while true do assert(load(text)) end
