-- table.sort, with and without a function
local function filled()
	local t, x = {}, 42
	for i = 1, 2000 do
		x = (x * 1103515245 + 12345) & 0x7fffffff
		t[i] = x
	end
	return t
end
local t = filled()
table.sort(t)
table.sort(t, function(a, b) return a > b end)
assert(t[1] >= t[2])
