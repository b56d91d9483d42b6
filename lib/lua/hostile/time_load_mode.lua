-- load() with a mode that is long.
-- ends: ETIME "instruction limit"
local mode = ('b'):rep(250000) .. 't'
while true do load('', '=x', mode) end
