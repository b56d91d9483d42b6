-- Each level of pcall wants to go on when the one below it was stopped.
-- ends: ETIME "instruction limit"
local function f(n)
	if n > 0 then pcall(f, n - 1) end
	while true do end
end
f(6)
