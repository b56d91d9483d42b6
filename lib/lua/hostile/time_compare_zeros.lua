-- < of strings of zero bytes: C's comparison ends, and begins, at each of them.
-- ends: ETIME "instruction limit"
local a, b = ('\0'):rep(300000) .. 'a', ('\0'):rep(300000) .. 'b'
while true do local less = a < b end
