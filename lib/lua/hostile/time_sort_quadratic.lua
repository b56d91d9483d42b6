-- An order that is made up on the way, such that each pivot is a bad one.
-- ends: ETIME "instruction limit"
local n, solid, candidate = 5000, 0, 0
local value = {}
local t = {}
for i = 1, n do t[i] = i end
local function freeze(x) solid = solid + 1 value[x] = solid end
table.sort(t, function(a, b)
	if not value[a] and not value[b] then freeze(a == candidate and a or b) end
	if not value[a] then candidate = a elseif not value[b] then candidate = b end
	return (value[a] or n + 1) < (value[b] or n + 1)
end)
while true do end
