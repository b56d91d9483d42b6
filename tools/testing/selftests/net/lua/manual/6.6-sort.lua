-- SPDX-License-Identifier: GPL-2.0
-- table.sort.
local function show(t) for i = 1, #t do t[i] = tostring(t[i]) end print(table.concat(t, ' ')) end
local function sorted(t, f) table.sort(t, f) return t end
show(sorted {}) show(sorted { 1 }) show(sorted { 2, 1 }) show(sorted { 3, 1, 2 }) show(sorted { 5, 2, 8, 1, 9, 3, 7, 4, 6, 0 }) show(sorted { 1, 1, 1, 1 }) show(sorted { 2, 1, 2, 1, 2, 1 })
show(sorted { math.maxinteger, math.mininteger, 0, -1, 1 }) show(sorted { 'b', 'a', 'C', 'B', '', 'ab', '\xff', 'z' }) show(sorted({ 1, 2, 3, 4, 5 }, function(a, b) return a > b end))
show(sorted({ 'ccc', 'a', 'bb' }, function(a, b) return #a < #b end))
-- any size, any order
local seed = 1
local function random(n) seed = seed * 6364136223846793005 + 1442695040888963407 return (seed >> 33) % n + 1 end
for _, n in ipairs { 10, 50, 99, 100, 101, 102, 150, 500, 2000 } do
	for _, kind in ipairs { 'random', 'sorted', 'reversed', 'equal', 'few', 'organ pipe', 'saw' } do
		local t, sum = {}, 0
		for i = 1, n do
			t[i] = kind == 'random' and random(1 << 30) or kind == 'sorted' and i or kind == 'reversed' and -i or kind == 'equal' and 7
				or kind == 'few' and random(3) or kind == 'organ pipe' and (i < n // 2 and i or n - i) or i % 10
			sum = sum + t[i]
		end
		table.sort(t)
		local ok = #t == n
		for i = 2, n do if t[i - 1] > t[i] then ok = false end sum = sum - t[i] end
		table.sort(t, function(a, b) return b < a end)
		for i = 2, n do if t[i - 1] < t[i] then ok = false end end
		print(n, kind, ok, sum == t[n] , t[1], t[n], t[n // 2])
	end
end
-- objects
local mt = { __lt = function(a, b) return a.v < b.v end }
local objects = {}
for i = 1, 40 do objects[i] = setmetatable({ v = i * 17 % 41 }, mt) end
table.sort(objects)
for i, o in ipairs(objects) do objects[i] = o.v end
show(objects)
local words = {}
for w in ('the quick brown fox jumps over the lazy dog'):gmatch '%a+' do words[#words + 1] = w end
show(sorted(words)) show(sorted(words, function(a, b) return a:reverse() < b:reverse() end))
-- through metamethods
local real, gets, sets = { 3, 1, 2, 5, 4 }, 0, 0
table.sort(setmetatable({}, { __index = function(_, i) gets = gets + 1 return real[i] end, __newindex = function(_, i, v) sets = sets + 1 real[i] = v end, __len = function() return 5 end }))
show(real) print(gets > 0, sets > 0)
-- what fails
for _, t in ipairs { { 1, 'x' }, { {}, {} }, { 1, 2, nil, 3 }, { true, false }, { 1, {} }, { print, print } } do print(pcall(table.sort, t)) end
print(pcall(table.sort, { 1, 2, 3 }, function() error('compare', 0) end)) print(pcall(table.sort, { 3, 2, 1 }, 5)) print(pcall(table.sort)) print(pcall(table.sort, 'x')) print(pcall(table.sort, { 1, 2 }, {}))
print(pcall(table.sort, { 1, 2, 3 }, function() return true end)) print(pcall(table.sort, { 1 }, function() error 'not called' end))
