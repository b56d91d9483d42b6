-- C stack: every metamethod calls the next.
-- ends: EINVAL "C stack overflow"
local t, meta = {}, {}
setmetatable(t, meta)
meta.__add = function(a, b) return a - b end
meta.__sub = function(a, b) return a * b end
meta.__mul = function(a, b) return a // b end
meta.__idiv = function(a, b) return a % b end
meta.__mod = function(a, b) return a & b end
meta.__band = function(a, b) return a | b end
meta.__bor = function(a, b) return a ~ b end
meta.__bxor = function(a, b) return a << b end
meta.__shl = function(a, b) return a >> b end
meta.__shr = function(a, b) return -a end
meta.__unm = function(a) return ~a end
meta.__bnot = function(a) return #a end
meta.__len = function(a) return a .. a end
meta.__concat = function(a, b) return a < b end
meta.__lt = function(a, b) return a <= b end
meta.__le = function(a, b) return a == setmetatable({}, meta) end
meta.__eq = function(a, b) return a() end
meta.__call = function(a) a.x = 1 end
meta.__newindex = function(a) return a.x end
meta.__index = function(a) return a + a end
local x = t + t
