-- Every function with the largest and the smallest integers there are.
-- ends: 0
local values = { 0, -1, math.maxinteger, math.mininteger, 1 << 31, '-9223372036854775808' }
local skip = { error = true, print = true, collectgarbage = true }
local function try(f)
	for _, a in ipairs(values) do
		pcall(f, a)
		for _, b in ipairs(values) do
			pcall(f, a, b)
			pcall(f, 'x', a, b)
		end
	end
end
for _, library in ipairs { math, utf8, table, string } do
	for name, f in pairs(library) do
		if type(f) == 'function' and name ~= 'rep' then try(f) end
	end
end
assert(('x'):rep(math.mininteger) == '' and ('x'):rep(0) == '')
assert(('abc'):sub(math.mininteger, math.maxinteger) == 'abc')
assert(math.mininteger // -1 == math.mininteger and math.mininteger % -1 == 0)
