-- %f with a set that is long, at each place of a text that is long.
-- ends: ETIME "instruction limit"
local set = '[' .. ('b'):rep(20000) .. ']'
local s = ('a'):rep(20000)
s:find('%f' .. set)
