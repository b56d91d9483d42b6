-- Errors that are no text: nil, tables with and without __tostring, functions.
-- ends: EINVAL "(error object is a function value)"
for _, object in ipairs { {}, print, true, 1, coroutine.create(print),
			  setmetatable({}, { __tostring = error }) } do
	local ok, e = pcall(error, object)
	assert(not ok and rawequal(e, object))
	ok, e = xpcall(error, function(e) return e end, object)
	assert(not ok and rawequal(e, object))
end
assert(select('#', pcall(error)) == 2)
error(print)
