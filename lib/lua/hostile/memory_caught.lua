-- Memory errors are caught, and all of memory filled again, until time is up.
-- ends: ETIME "instruction limit"
while true do
	pcall(function()
		local t = {}
		while true do t[#t + 1] = ('x'):rep(1000) .. #t end
	end)
end
