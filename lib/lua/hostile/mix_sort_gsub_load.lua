-- sort calls load calls gsub calls pcall calls an error.
-- ends: ETIME "instruction limit"
local function compare(a, b)
	local f = load(('return %d < %d'):format(a, b):gsub('%d+', function(d)
		return select(2, pcall(error, d))
	end))
	return f()
end
while true do
	local t = {}
	for i = 1, 50 do t[i] = math.random(1000) end
	table.sort(t, compare)
end
