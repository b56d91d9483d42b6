-- arrays and fields, read and written
local grid = {}
for y = 1, 60 do
	local row = { y = y }
	for x = 1, 60 do
		row[x] = x * y
	end
	grid[y] = row
end
local sum = 0
for _ = 1, 5 do
	for y = 1, #grid do
		local row = grid[y]
		for x = 1, #row do
			sum = sum + row[x] - row.y
		end
	end
end
for k, v in pairs(grid[1]) do
	sum = sum + v
end
assert(sum > 0)
