-- The pattern matcher: 2 to the 30th ways to leave something out.
-- ends: ETIME "instruction limit"
local s = ('a'):rep(30)
s:match(('a?'):rep(30) .. ('a'):rep(30) .. 'b')
