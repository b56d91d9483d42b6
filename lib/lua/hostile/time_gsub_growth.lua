-- gsub that makes more of each character; what comes out goes in again.
-- ends: ENOMEM "memory limit"
local s = 'x'
while true do s = s:gsub('x', 'xxxxxxxxxxxxxxxx') end
