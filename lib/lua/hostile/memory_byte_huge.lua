-- More characters of a string at once than the stack has room for.
-- ends: EINVAL "string slice too long"
local s = ('x'):rep(200000)
assert(not pcall(utf8.codepoint, s, 1, -1))
assert(not pcall(string.unpack, ('b'):rep(200000), s))
assert(not pcall(string.byte, s, math.mininteger, math.maxinteger))
s:byte(1, -1)
