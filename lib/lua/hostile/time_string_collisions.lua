-- Long strings that differ only where a hash that skips bytes does not look.
-- ends: ETIME "instruction limit"
local t, half = {}, ('x'):rep(100)
for i = 1, 2000 do t[half .. i .. half] = true end
while true do
	for i = 1, 2000 do local x = t[half .. i .. half] end
end
