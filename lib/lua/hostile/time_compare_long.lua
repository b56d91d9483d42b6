-- < and <= of strings that differ in their last byte.
-- ends: ETIME "instruction limit"
local a, b = ('x'):rep(300000) .. 'a', ('x'):rep(300000) .. 'b'
while true do local less = a < b or b <= a end
