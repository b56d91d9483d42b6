-- After an overflow that was caught the next one is found as well.
-- ends: 0
local function f() return pcall(f) end
local function g() return (('x'):gsub('x', g)) end
for i = 1, 20 do
	local ok, message = pcall(g)
	assert(not ok and message:find('C stack overflow'), message)
	f()
end
