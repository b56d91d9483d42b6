-- gsub with many captures, all of them long. (31 overflow the stack of arm64.)
-- ends: ETIME "instruction limit"
-- on a small stack: overflow
local s = ('a'):rep(1000)
local pattern = ('('):rep(20) .. 'a*' .. (')'):rep(20)
while true do s:gsub(pattern, function() end) end
