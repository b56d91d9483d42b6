-- C stack: pcall in pcall.
-- ends: EINVAL "C stack overflow"
local function f()
	local ok, message = pcall(f)
	error(message, 0)
end
f()
