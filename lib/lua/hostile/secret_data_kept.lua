-- Data is kept in a global, an upvalue and a coroutine. Where there is none, it is not
-- to be had: what would make some needs a library, or the socket's own call.
-- ends: 0
local ok, library = pcall(require, 'data')
if ok then
	kept = library.new('mine')
	local up = kept:segment(1, 2)
	local co = coroutine.wrap(function(d) while true do coroutine.yield(tostring(d)) end end)
	assert(tostring(up) == 'in' and co(kept) == 'mine' and #kept == 4)
	assert(not pcall(getmetatable(kept).__index or error, 1, 2))
	assert(not pcall(setmetatable, kept, {}))
else
	assert(library:find("'data' not found"), library)
end
