-- Nothing in reach leads to the registry, to files, to other states or to C.
-- ends: 0
for _, name in ipairs { 'io', 'os', 'debug', 'package', 'dofile', 'loadfile', 'module',
			'newproxy', 'getfenv', 'setfenv', 'loadstring', 'arg' } do
	assert(_G[name] == nil, name)
end
assert(string.dump == nil)
for _, name in ipairs { '_LOADED', '_PRELOAD', '_CLIBS', 'FILE*', 'package', 'ffi', 'socket' } do
	assert(not pcall(require, name))
end
local seen, depth = {}, 0
local function walk(t)
	if type(t) ~= 'table' or seen[t] then return end
	seen[t] = true
	for k, v in next, t do
		-- but the socket that the script is in
		assert(type(v) ~= 'userdata' or v == _G.sk)
		assert(type(k) ~= 'userdata')
		walk(k) walk(v)
	end
	walk(getmetatable(t))
end
walk(_G)
walk(getmetatable(''))
