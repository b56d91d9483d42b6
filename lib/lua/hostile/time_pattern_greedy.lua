-- The pattern matcher: greedy quantifiers that backtrack into each other.
-- ends: ETIME "instruction limit"
local s = ('a'):rep(10000)
s:match('a*a*a*a*b')
