-- next() with keys that are not there, and a table that changes on the way.
-- ends: EINVAL "invalid key to 'next'"
local t = { 1, 2, 3, a = 1, b = 2 }
for _, key in ipairs { 99, 'x', {}, print, -1, math.mininteger } do
	assert(not pcall(next, t, key))
end
for k in pairs(t) do t[k] = nil t['new'] = nil end
t = { a = 1 }
for k in pairs(t) do
	t[k] = nil
	for i = 1, 100 do t['new' .. i] = i end
	collectgarbage()
end
next({}, 'x')
