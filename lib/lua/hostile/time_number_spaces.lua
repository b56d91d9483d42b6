-- tonumber() of a number behind much space, and of what is none after all.
-- ends: ETIME "instruction limit"
local s = (' '):rep(200000)
local good, bad = s .. '7', s .. 'x'
while true do
	tonumber(good) tonumber(bad) tonumber(good, 10) tonumber(bad, 36)
end
