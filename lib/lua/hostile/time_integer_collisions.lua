-- Keys that an unseeded hash of integers puts all into one chain.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 8000 do t[i << 40] = true end
while true do
	for i = 1, 8000 do local x = t[i << 40] end
end
