-- == of strings that are equal and not the same.
-- ends: ETIME "instruction limit"
local a, b = ('x'):rep(100000), ('x'):rep(50000):rep(2)
while true do local same = a == b end
