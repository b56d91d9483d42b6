-- A list of ten thousand links: marking it must not call itself for each.
-- ends: 0
local list
for i = 1, 10000 do list = { list } end
for i = 1, 3 do collectgarbage() end
local n = 0
while list do list = list[1] n = n + 1 end
assert(n == 10000)
