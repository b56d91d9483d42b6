-- C stack: numbers and strings that become each other inside metamethods.
-- ends: EINVAL "C stack overflow"
local meta = getmetatable('')
local saved = meta.__index
meta.__index = function(s, k) return (s .. k)[k] end
local x = ('1').x
