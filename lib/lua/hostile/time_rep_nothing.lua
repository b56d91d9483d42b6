-- rep of the empty string: many times nothing.
-- ends: ETIME "instruction limit"
while true do
	assert((''):rep(math.maxinteger) == '')
	assert((''):rep(1 << 40, '') == '')
end
