-- Lengths with which a sum of 32 bits begins again at 0.
-- ends: EINVAL "all of them refused"
local refused = 0
for last = 0, 255 do
	for _, before in ipairs { 0, 1, 14, 100 } do
		local data = ('x'):rep(before) .. string.char(last) .. '\xFF\xFF\xFF' .. 'yy'
		local ok, why = pcall(string.unpack, '<s4', data, before + 1)
		assert(not ok and why:find('too short'), why)
		refused = refused + 1
	end
end
assert(refused == 1024)
error('all of them refused')
