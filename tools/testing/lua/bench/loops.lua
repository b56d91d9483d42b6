-- arithmetic in loops
local x = 1
for i = 1, 100000 do
	x = (x * 31 + i) & 0xffffff ~ (i >> 3)
	if x % 7 == 0 then
		x = x // 7
	end
end
assert(math.type(x) == 'integer')
