-- Plain find of what nearly fits everywhere.
-- ends: ETIME "instruction limit"
local s, what = ('a'):rep(200000), ('a'):rep(100000) .. 'b'
while true do s:find(what, 1, true) end
