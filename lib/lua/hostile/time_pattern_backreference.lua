-- Captures of every length, compared with what follows.
-- ends: ETIME "instruction limit"
local s = ('a'):rep(5000)
while true do s:find('(.-)%1%1b') end
