-- A pattern of which most is looked at each time, to find the end of its items.
-- ends: ETIME "instruction limit"
local s = ('a'):rep(10000)
s:find(('[^b]?'):rep(20) .. '[' .. ('b'):rep(100000) .. ']')
