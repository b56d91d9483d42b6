-- One concatenation of twelve strings that each fit.
-- ends: ENOMEM "memory limit"
local a = ('x'):rep(100000)
local s = a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a
