-- Numbers of many digits, which fit or do not.
-- ends: ETIME "instruction limit"
local zeros = ('0'):rep(100000)
assert(load('x = ' .. zeros .. '1') and load('x = 0x' .. ('f'):rep(100000)))
while true do
	load('x = ' .. zeros .. '1')
	load('x = ' .. ('9'):rep(100000))
	load('x = ' .. zeros .. 'e' .. zeros)
end
