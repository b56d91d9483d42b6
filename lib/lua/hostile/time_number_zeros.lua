-- A number with 400,000 leading zeros, read for each addition.
-- ends: ETIME "instruction limit"
local s = ('0'):rep(400000)
while true do local n = s + 0 end
