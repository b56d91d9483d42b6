-- _G gets a metatable that fails for each name.
-- ends: EINVAL "no such name"
setmetatable(_G, {
	__index = function() error('no such name') end,
	__newindex = function() error('no such name') end,
})
x = y
