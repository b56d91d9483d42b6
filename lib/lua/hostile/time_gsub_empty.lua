-- gsub with a long replacement that adds nothing.
-- ends: ETIME "instruction limit"
local replacement = ('%0'):rep(125000)
local s = ('x'):rep(200)
while true do s:gsub('', replacement) end
