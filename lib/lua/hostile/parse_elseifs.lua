-- The jumps of a long chain of elseif all lead to its end.
-- ends: ETIME "instruction limit"
local text = 'local a; if a then ' .. ('elseif a then '):rep(3000) .. 'end'
while true do load(text) end
