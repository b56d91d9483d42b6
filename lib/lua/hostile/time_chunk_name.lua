-- Each error begins with the place, which is made of a name of 400,000 bytes.
-- ends: ETIME "instruction limit"
local f = load('error("x")', ('n'):rep(400000))
while true do pcall(f) end
