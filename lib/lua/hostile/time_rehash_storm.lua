-- A table of strings, full and emptied again, so that each new key counts them all.
-- ends: ETIME "instruction limit"
local t, n = {}, 0
for i = 1, 4096 do t['k' .. i] = i end
for i = 1, 4096 do t['k' .. i] = nil end
while true do
	n = n + 1
	t['n' .. n] = n
	t['n' .. n] = nil
end
