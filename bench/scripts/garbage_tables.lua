-- 128 KiB of garbage a call, in 1024 tables of 128 bytes
function process()
	local last
	for i = 1, 1024 do
		last = { last and 1, i, i, i }
	end
	return last ~= nil
end
