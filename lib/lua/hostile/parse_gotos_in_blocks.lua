-- Gotos that every end of a block hands on to the next one.
-- ends: ETIME "instruction limit"
local text = ('do '):rep(30) .. ('goto x '):rep(3000) .. ('end '):rep(30) .. '::x::'
while true do load(text) end
