-- load() of nothing: what it costs to begin.
-- ends: ETIME "instruction limit"
while true do load('') end
