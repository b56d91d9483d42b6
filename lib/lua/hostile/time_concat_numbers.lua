-- One instruction that makes text of as many numbers as the parser lets it.
-- ends: ETIME "instruction limit"
local f
for n = 200, 1, -5 do
	f = f or load('local a = math.maxinteger while true do local s = a' .. ('..a'):rep(n) .. ' end')
end
f()
