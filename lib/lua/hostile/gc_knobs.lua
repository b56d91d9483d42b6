-- The collector cannot be stopped, nor be slowed down.
-- ends: 0
for _, option in ipairs { 'stop', 'restart', 'setpause', 'setstepmul', 'isrunning', 'x' } do
	assert(not pcall(collectgarbage, option, 0))
end
assert(math.type(collectgarbage('count')) == 'integer')
collectgarbage('step', -1) collectgarbage('step', math.mininteger)
