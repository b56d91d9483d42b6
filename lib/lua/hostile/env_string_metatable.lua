-- The metatable of all strings is in reach: it may be broken, for this state only.
-- ends: 0
local meta = getmetatable('')
local assert, error, pcall, rep = assert, error, pcall, string.rep
meta.__index = function() error('poisoned') end
meta.__len = function() error('poisoned') end
meta.__concat = function() error('poisoned') end
meta.__eq = function() error('poisoned') end
meta.__lt = function() error('poisoned') end
meta.__tostring = function() error('poisoned') end
meta.__name = 1
meta.__metatable = 'locked'
assert('a' .. 'b' == 'ab' and #'abc' == 3 and 'a' < 'b')
assert(not pcall(function() return ('x'):rep(2) end))
assert(rep('x', 2) == 'xx')
assert(getmetatable('') == 'locked')
