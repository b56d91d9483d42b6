-- gsub that looks for what is not there, from every place to the end.
-- ends: ETIME "instruction limit"
local s = ('a'):rep(100000)
s:gsub('a*b', '')
