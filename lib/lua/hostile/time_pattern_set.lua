-- A set of many characters and classes, none of which fits.
-- ends: ETIME "instruction limit"
local s = ('a'):rep(100000)
while true do s:find('[' .. ('%d%s%u%p%c1-9'):rep(1000) .. ']') end
