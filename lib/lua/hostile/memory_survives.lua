-- After memory errors of all kinds the state is as good as before.
-- ends: 0
assert(not pcall(string.rep, 'x', 1 << 30))
assert(not pcall(function() local s = 'x' while true do s = s .. s end end))
assert(not pcall(function() local function f() return 1 + f() end f() end))
local s = ('x'):rep(30000)
assert(not pcall(table.concat, setmetatable({}, {
	__len = function() return 1 << 60 end,
	__index = function() return s end,
})))
collectgarbage()
local t = {}
for i = 1, 1000 do t[i] = i .. '' end
assert(#t == 1000 and t[1000] == '1000')
