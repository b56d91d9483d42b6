-- C stack: captures and repetitions that each take a level.
-- ends: 0
for _, item in ipairs { '()', 'x*', 'x-', 'x?', '.+', '[x]*' } do
	for _, n in ipairs { 10, 31, 150 } do
		local ok, message = pcall(string.find, 'x', item:rep(n) .. 'y')
		assert(ok or message:find('too complex') or message:find('too many captures') or
		       message:find('C stack overflow'), message)
	end
end
