--!ddhaaaa
local function deep(n) if n == 0 then error({ n }) end return 1 + deep(n - 1) end
print(pcall(deep, 20))
print(xpcall(deep, function(m) return type(m) .. nil end, 3))
print(load('x = = 1'), load('return ...', 'c', 't', {}))
local t = setmetatable({}, { __index = function(t, k) return t[k .. k] end })
print(pcall(function() return t.x end))
goto out
print(1)
::out::
