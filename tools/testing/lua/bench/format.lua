-- string.format
local n = 0
for i = 1, 2000 do
	n = n + #string.format('%d %5d %-8s|%x %q', i, -i, 'name', i, 'a"b')
end
assert(n > 40000)
