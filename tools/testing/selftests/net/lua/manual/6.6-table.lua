-- SPDX-License-Identifier: GPL-2.0
-- Table manipulation, of tables and of what behaves like one.
local max, min = math.maxinteger, math.mininteger
local function try(f, ...) print(pcall(f, ...)) end
local function show(t, n)
	local out = {}
	for i = 1, n or #t do out[i] = tostring(t[i]) end
	print('{' .. table.concat(out, ' ') .. '}')
end
-- a table that writes down what is done with it
local log
local function proxy(t)
	log = {}
	return setmetatable({}, {
		__index = function(_, k) log[#log + 1] = 'get ' .. tostring(k) return t[k] end,
		__newindex = function(_, k, v) log[#log + 1] = 'set ' .. tostring(k) .. '=' .. tostring(v) t[k] = v end,
		__len = function() log[#log + 1] = 'len' return #t end,
	})
end
local function logged() print(table.concat(log, ', ')) end

-- concat
print(table.concat {}, table.concat { 'a' }, table.concat { 1, 'b', 3 }, table.concat({ 1, 2, 3 }, ', '), table.concat({ 1, 2, 3 }, ', ', 2), table.concat({ 1, 2, 3 }, ', ', 2, 2), table.concat({ 1, 2, 3 }, ', ', 3, 2))
print(table.concat({ 1, 2, 3 }, 5), table.concat({}, 'x', 1, 0), table.concat({ [-1] = 'm', [0] = 'z', 'o' }, ' ', -1, 1), table.concat({ [max] = 'max' }, ',', max, max), table.concat({ [min] = 'min' }, '', min, min))
try(table.concat, { 1, nil, 3 }) try(table.concat, { {} }) try(table.concat, { 1, true }) try(table.concat, { 'x' }, '', 1, 2) try(table.concat) try(table.concat, 5) try(table.concat, {}, {}) try(table.concat, { 'a', 'b' }, nil)
print(table.concat(proxy { 'a', 'b', 'c' }, '-')) logged()

-- insert
local t = {}
table.insert(t, 'a') table.insert(t, 'c') table.insert(t, 2, 'b') table.insert(t, 1, 'start') table.insert(t, #t + 1, 'end')
show(t)
print(select('#', table.insert(t, 'x')))
try(table.insert, t, 0, 'x') try(table.insert, t, 99, 'x') try(table.insert, t, -1, 'x') try(table.insert, t, max, 'x') try(table.insert, t, min, 'x') try(table.insert, t) try(table.insert) try(table.insert, t, 1, 2, 3) try(table.insert, 5, 1) try(table.insert, t, 'x', 'y') try(table.insert, nil, 1)
local p = proxy { 'a', 'b', 'c' }
table.insert(p, 'd') logged() log = {} table.insert(p, 2, 'x') logged()
table.insert(t, nil) print(#t >= 6)

-- remove
t = { 'a', 'b', 'c', 'd' }
print(table.remove(t), table.remove(t, 1), #t) show(t)
print(table.remove(t, #t + 1), table.remove(t, 2), table.remove(t), table.remove(t), table.remove(t), #t)
print(table.remove {}, table.remove({}, 0), table.remove({}, 1) == nil, table.remove({ [0] = 'zero' }, 0), table.remove({ n = 1 }))
try(table.remove, {}, 2) try(table.remove, { 1, 2, 3 }, 5) try(table.remove, { 1, 2, 3 }, 0) try(table.remove, { 1 }, -1) try(table.remove) try(table.remove, 'x') try(table.remove, { 1 }, 'x') try(table.remove, {}, max) try(table.remove, {}, min)
p = proxy { 'a', 'b', 'c' }
print(table.remove(p, 1)) logged() log = {} print(table.remove(p)) logged()

-- pack, unpack
t = table.pack() print(t.n, #t) t = table.pack(nil, nil) print(t.n, t[1]) t = table.pack(1, nil, 3) print(t.n, t[1], t[2], t[3])
print(table.unpack {}) print(table.unpack { 1, 2, 3 }) print(table.unpack({ 1, 2, 3 }, 2)) print(table.unpack({ 1, 2, 3 }, 2, 5)) print(table.unpack({ 1, 2 }, -1, 1)) print(table.unpack({ 1, 2 }, 3, 2))
print((table.unpack { 1, 2 }), select('#', table.unpack({}, 1, 100)), table.unpack('abc', 1, 2) == nil, table.unpack({ [max] = 'x' }, max, max), table.unpack({ [min] = 'x' }, min, min), table.unpack({ n = 3 }, 1, 3))
print(select('#', table.unpack({}, max - 2, max)), select('#', table.unpack({}, min, min + 3)), select('#', table.unpack({}, max, min)))
try(table.unpack) try(table.unpack, {}, 1, max) try(table.unpack, {}, min, max) try(table.unpack, {}, 0, max) try(table.unpack, {}, min, 0) try(table.unpack, {}, 1, 100000000) try(table.unpack, nil, 1, 2) try(table.unpack, {}, 'x') try(table.unpack, 5)
print(table.unpack(proxy { 'a', 'b' })) logged()

-- move
show(table.move({ 1, 2, 3 }, 1, 3, 2), 4) show(table.move({ 1, 2, 3 }, 2, 3, 1), 3) show(table.move({ 1, 2, 3 }, 1, 3, 1)) show(table.move({ 1, 2, 3 }, 1, 3, 1, {})) show(table.move({ 1, 2, 3 }, 1, 3, 3, { 'a', 'b' }), 5) show(table.move({ 1, 2, 3 }, 1, 0, 5)) show(table.move({ 1, 2, 3 }, 3, 1, 5))
show(table.move({ 1, 2, 3, 4, 5 }, 1, 3, 3)) show(table.move({ 1, 2, 3, 4, 5 }, 3, 5, 1)) show(table.move({ 1, 2 }, 1, 4, 2), 5) show(table.move({}, 1, 3, 1, { 'a', 'b', 'c' }), 3)
t = table.move({ [max - 1] = 'a', [max] = 'b' }, max - 1, max, 1) print(t[1], t[2], t[max]) t = table.move({ 'a', 'b' }, 1, 2, max - 1) print(t[max - 1], t[max]) t = table.move({ [min] = 'x' }, min, min, 1) print(t[1])
t = {} print(table.move({ 1 }, 1, 1, 1, t) == t, t[1])
try(table.move, {}, 1, max, 2) try(table.move, {}, 0, max, 2) try(table.move, {}, min, max, 1) try(table.move, {}, 1, 2, max) try(table.move, {}, -1, max, 1) try(table.move, {}, 1, 2) try(table.move) try(table.move, {}, 1, 2, 3, 5) try(table.move, 5, 1, 2, 3) try(table.move, {}, 'x', 1, 1)
local from, to = { 'a', 'b', 'c' }, {}
p = proxy(from) table.move(p, 1, 3, 1, to) logged() show(to) p = proxy(from) table.move(p, 1, 2, 2) logged() show(from) p = proxy { 'x', 'y', 'z' } table.move(p, 2, 3, 1) logged() p = proxy {} table.move({ 1, 2 }, 1, 2, 5, p) logged()

-- what only reads needs only __index, and so on
local reads = setmetatable({}, { __index = function(_, i) return i * 2 end, __len = function() return 3 end })
print(table.concat(reads, ' '), table.unpack(reads)) try(table.insert, reads, 1) try(table.remove, reads)
print(pcall(table.concat, setmetatable({}, { __len = function() return 'x' end }))) print(pcall(table.unpack, setmetatable({}, { __len = function() return {} end }))) print(pcall(table.insert, setmetatable({}, { __len = function() return max end }), 'x'))
try(table.sort, setmetatable({}, { __len = function() return max end })) try(table.sort, setmetatable({}, { __len = function() return -5 end })) try(table.concat, setmetatable({}, { __len = function() return -1 end }))
local userlike = setmetatable({}, { __index = { 'p', 'q' }, __len = function() return 2 end, __newindex = function() error('read only', 0) end })
try(table.insert, userlike, 'r') try(table.remove, userlike) print(table.concat(userlike))
