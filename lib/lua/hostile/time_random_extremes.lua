-- Random numbers from the widest ranges there are, until the budget is spent.
-- ends: ETIME "instruction limit"
assert(math.random(math.maxinteger, math.maxinteger) == math.maxinteger)
assert(math.random(math.mininteger, math.mininteger) == math.mininteger)
assert(not pcall(math.random, 0) and not pcall(math.random, 2, 1))
assert(not pcall(math.random, math.maxinteger, math.mininteger))
while true do
	math.random(math.mininteger, math.maxinteger)
	math.random(math.mininteger, 0)
	math.random(-1, math.maxinteger)
end
