-- SPDX-License-Identifier: GPL-2.0
-- Variables: locals, globals, fields; assignment.
print(undefined, _G.undefined)
local a, b, c = 1, 2
print(a, b, c)
local d, e = 1, 2, 3
print(d, e)
local function three() return 1, 2, 3 end
local f, g, h, i = three()
print(f, g, h, i)
local j, k, l = three(), 10
print(j, k, l)
local m, n, o = (three())
print(m, n, o)

-- shadowing
local x = 1
local x = x + 1
do local x = x * 10 print(x) x = 0 end
print(x)
local function shadow(x) local x = x or 'none' return x end
print(shadow(), shadow(5))

-- all expressions before any assignment
a, b = b, a
print(a, b)
a, b, c = 0
print(a, b, c)
local t = { 1, 2, 3 }
t[1], t[2], t[3] = t[3], t[1], t[2]
print(t[1], t[2], t[3])
local index = 1
index, t[index] = index + 1, 20
print(index, t[1], t[2])
do
	local a = {}
	local i = 3
	i, a[i] = i + 1, 20
	print(i, a[3], a[4])
end
t.x, t.y = 'x', 'y', 'dropped'
print(t.x, t['y'], t['x' .. ''])
t['a b'], t[''], t['end'] = 1, 2, 3
print(t['a b'], t[''], t['end'])
local name = 'dynamic'
t[name] = { [name] = { name } }
print(t.dynamic.dynamic[1], t[name][name][1])

-- calls in a list of targets
local log = {}
local function note(v) log[#log + 1] = tostring(v) return v end
local r = {}
r[note 'k1'], r[note 'k2'] = note 'v1', note 'v2'
print(r.k1, r.k2, #log)

-- globals are fields of _ENV
count = 0
local function bump() count = count + 1 return count end
print(bump(), bump(), _ENV.count, _G['count'])
count = nil

-- many locals and upvalues
local code = {}
for i = 1, 200 do code[i] = ('local v%d = %d'):format(i, i) end
print(load(table.concat(code, '\n') .. ' return v1 + v100 + v200')())
code[201] = 'local v201 = 201'
print(load(table.concat(code, '\n'), '=c'))
local ups, uses = {}, {}
for i = 1, 100 do ups[i] = ('local v%d = %d'):format(i, i) uses[i] = 'v' .. i end
print(load(table.concat(ups, '\n') .. ' return function() return ' .. table.concat(uses, '+') .. ' end')()())
local consts = {}
for i = 1, 600 do consts[i] = ('t[%d] = "k%d"'):format(i * 1000, i) end
local filled = load('local t = {} ' .. table.concat(consts, ' ') .. ' return t')()
print(filled[1000], filled[300000], filled[600000])
