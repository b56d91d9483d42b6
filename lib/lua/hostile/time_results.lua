-- Many results, handed on from call to call.
-- ends: ETIME "instruction limit"
local t = {}
for i = 1, 12000 do t[i] = i end
local function f(n)
	if n == 0 then return table.unpack(t) end
	return 1, f(n - 1)
end
while true do local x = f(2000) end
