-- A syntax error quotes what it found, however long that is.
-- ends: 0
for _, text in ipairs { ('x'):rep(20000), '"' .. ('x'):rep(20000), '[[' .. ('x'):rep(20000) } do
	local f, message = load('x = = ' .. text)
	assert(not f and #message < 40200)
	f, message = load(text)
	assert(not f and #message < 40200)
end
