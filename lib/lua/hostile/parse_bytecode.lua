-- Bytecode is not verified, so no script may load any, by pieces or under a false flag.
-- ends: 0
local function refused(...)
	local f, message = load(...)
	assert(not f and message:find('only text'), message)
end
for _, mode in ipairs { 'b', 'bt', 't', 'x', '' } do
	refused('\27Lua\x53\0\x19\x93\r\n\x1a\n', 'x', mode)
	refused(coroutine.wrap(function()
		coroutine.yield '\27' coroutine.yield 'Lua' coroutine.yield(nil)
	end), 'x', mode)
end
assert(string.dump == nil)
