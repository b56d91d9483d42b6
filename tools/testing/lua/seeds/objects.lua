--!caaaaaa
local Account = {}
Account.__index = Account
Account.__add = function(a, b) return a.n + b.n end
Account.__lt = function(a, b) return a.n < b.n end
Account.__tostring = function(a) return 'n=' .. a.n end
local function new(n) return setmetatable({ n = n }, Account) end
function Account:put(n) self.n = self.n + n return self end
local a, b = new(1), new(2):put(3)
print(a + b, a < b, tostring(b))
local weak = setmetatable({}, { __mode = 'k' })
weak[a], weak[{}] = b, 1
a = nil collectgarbage()
process = function(...) for k, v in pairs(weak) do b:put(#k) end return new end
