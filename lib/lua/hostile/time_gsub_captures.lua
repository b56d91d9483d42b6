-- gsub with as many captures as there may be, all of them long.
-- ends: ETIME "instruction limit"
local s = ('a'):rep(1000)
local pattern = ('('):rep(31) .. 'a*' .. (')'):rep(31)
while true do s:gsub(pattern, function() end) end
