-- Errors whose place is looked for through a deep stack.
-- ends: ETIME "instruction limit"
local function f(n)
	if n > 0 then return 1 + f(n - 1) end
	while true do pcall(error, 'x', 1 << 40) end
end
f(1500)
