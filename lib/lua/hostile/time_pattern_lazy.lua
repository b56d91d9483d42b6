-- The pattern matcher: lazy quantifiers that backtrack into each other.
-- ends: ETIME "instruction limit"
local s = ('a'):rep(10000)
s:find('.-.-.-.-b')
