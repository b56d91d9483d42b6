-- rep, gsub and concat feed each other: text that grows, patterns that fail late.
-- ends: ETIME "instruction limit"
local function explode(s)
	while true do
		s = s:gsub('%w', '%0%0') .. s:rep(2)
		s:find(s:sub(1, 50) .. '.-.-$')
	end
end
while true do pcall(explode, 'ab') end
