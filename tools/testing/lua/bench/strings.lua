-- strings that are built
local parts = {}
for i = 1, 3000 do
	parts[#parts + 1] = 'key' .. i .. '=' .. i * 7
end
local text = table.concat(parts, '&')
assert(#text:upper():sub(10, -10):rep(3) > 100000)
