-- Thousands of breaks out of one loop.
-- ends: ETIME "instruction limit"
local text = 'local a; while a do ' .. ('if a then break end '):rep(3000) .. 'end'
while true do load(text) end
