-- The main chunk's own text is deeper than the stack.
-- ends: EINVAL "overflow"
assert(load('return ' .. ('{'):rep(100000)))
