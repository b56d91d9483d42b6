-- C stack: a pattern that recurses for each character.
-- ends: EINVAL "too deep"
local s = ('x'):rep(100000)
local ok, message = pcall(string.find, s, ('x?'):rep(50000) .. 'y')
assert(message:find('pattern too complex') or message:find('C stack overflow'), message)
error('too deep')
