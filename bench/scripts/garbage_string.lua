-- 128 KiB of garbage a call, in one piece
local n = 0

function process()
	n = n + 1
	local garbage = ('x'):rep(131072 - 16) .. n
	return #garbage > 0
end
