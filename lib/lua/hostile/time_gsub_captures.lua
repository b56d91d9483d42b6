-- gsub with many captures, all of them long. (31 overflow the stack of arm64, 20 that of riscv64.)
-- ends: ETIME "instruction limit"
-- on a small stack: overflow
local s = ('a'):rep(1000)
local pattern = ('('):rep(12) .. 'a*' .. (')'):rep(12)
while true do s:gsub(pattern, function() end) end
