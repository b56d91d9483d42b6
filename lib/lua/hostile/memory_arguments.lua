-- A list of arguments that gets longer with each call, all of which are kept.
-- ends: ENOMEM "memory limit"
local function f(...)
	local keep = table.pack(...)
	return keep, (f(keep, keep, keep, keep, keep, keep, keep, keep, ...))
end
f()
