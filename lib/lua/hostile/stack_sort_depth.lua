-- C stack: sort of what makes it recurse, with a comparator that picks its pivots.
-- ends: 0
local t = {}
for i = 1, 3000 do t[i] = i % 7 end
table.sort(t, function(a, b) return a < b end)
for i = 2, #t do assert(t[i - 1] <= t[i]) end
