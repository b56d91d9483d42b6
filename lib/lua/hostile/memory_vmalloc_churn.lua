-- Blocks of a size for which pages are mapped and unmapped each time.
-- ends: ETIME "instruction limit"
while true do local s = ('x'):rep(8193) end
