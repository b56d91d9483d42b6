-- methods, found through a metatable
local Account = {}
Account.__index = Account
function Account.new()
	return setmetatable({ balance = 0 }, Account)
end
function Account:deposit(n)
	self.balance = self.balance + n
end
function Account:get()
	return self.balance
end
local a = Account.new()
for i = 1, 20000 do
	a:deposit(i)
end
assert(a:get() == 20000 * 20001 // 2)
