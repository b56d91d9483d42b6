-- SPDX-License-Identifier: GPL-2.0
--
-- Usage: lua5.3 differential.lua NUMBER
--
-- Prints a random program, always the same one for a number. Programs have
-- typed variables: integers i, strings s, sequences t of integers. Each statement
-- runs in a pcall(), and prints what it made, or its error. Now and then a
-- value has a wrong type. No float can come up, no address, and no order of keys.

local state = tonumber(arg[1]) * 2862933555777941757 + 3037000493

local function random(n)
	state = state * 6364136223846793005 + 1442695040888963407
	return (state >> 33) % n + 1
end

local function pick(list) return list[random(#list)] end

-- Fills in a template: $i, $s, $b, $t are expressions of that type, $I $S $T variables,
-- $p a pattern, $r a replacement, $n a small count, $k a position.
local kinds = {}

local function fill(template, depth)
	return (template:gsub('%$(%a)', function(kind) return kinds[kind](depth - 1) end))
end

-- An expression from @leaves at the end of the depth, else mostly from @templates.
local function expression(leaves, templates)
	return function(depth)
		if random(150) == 1 then return pick { 'nil', 'true', '{}', "'x'", 'print', '-1', "''" } end
		if depth <= 0 or random(4) == 1 then return fill(pick(leaves), depth) end
		return fill(pick(templates), depth)
	end
end

local function variable(letter, n) return function() return letter .. random(n) end end

kinds.I, kinds.S, kinds.T = variable('i', 4), variable('s', 4), variable('t', 3)
kinds.n = function() return tostring(random(6) - 1) end
kinds.k = function() return pick { '1', '2', '3', '0', '-1', '-2', '5', '#s1', '9', '-9', 'math.maxinteger', 'math.mininteger' } end
kinds.c = function() return pick { '0', '1', '2', '3', '7', '10', '63', '64', '65', '100', '255', '4294967296', 'math.maxinteger',
	'math.mininteger', '0x7fffffff', '0xdeadbeefcafebabe', ("%d"):format(state >> random(63)) } end

kinds.i = expression({ '$I', '$I', '$c', '$n', '-$n' }, {
	'($i + $i)', '($i - $i)', '($i * $i)', '($i // $i)', '($i % $i)', '($i & $i)', '($i | $i)', '($i ~ $i)',
	'($i << $i)', '($i >> $i)', '($i << $n)', '($i >> $n)', '(-$i)', '(~$i)', '(- -$i)', '($b and $i or $i)',
	'#$s', '#$T', '($T[$n] or $i)', '$T[#$T]', '($s):len()', "(($s):byte($k) or $i)", '(($s):find($s, $k, true) or 0)',
	'math.abs($i)', 'math.max($i, $i)', 'math.min($i, $i, $i)', 'math.fmod($i, $i)', 'math.tointeger($i)', 'math.floor($i)',
	"('$n' | $i)", "($i & '0x$n')", "int('$n' + $n)", "int('$n' * ' $n ')", "int(-'$n')", '(int($s) or $n)', '(tonumber($s, 16) or $i)',
	"(tonumber('$n$n', $n + 2) or 9)", "select('#', $s, $i)", '(select($n, $i, $i, $i) or 1)', '(select(-1, $s, $i))',
	'f1($i)', 'f2($i, $i)', '(function(a, ...) return a ~ select("#", ...) end)($i, $s)', "load('return $c ~ ' .. $n)()",
	"(string.unpack('<i4', string.pack('>i4', $i & 0x7fffffff)))", "(string.unpack('>i3i8', ('<i3i8'):pack($n, $i)))",
	'(utf8.len($s) or 0)', '(utf8.codepoint(utf8.char($i & 0x7ff)))', '(o + $i)', '($i // o)', '#o', 'o[$i]', 'o($i, $s)',
})

kinds.b = expression({ 'true', 'false', '$I == $I', '$S == $S' }, {
	'($i == $i)', '($i ~= $i)', '($i < $i)', '($i <= $i)', '($i > $i)', '($i >= $i)', '($s == $s)', '($s < $s)', '($s >= $s)',
	'(not $b)', '($b and $b)', '($b or $b)', 'math.ult($i, $i)', '(($s):find($p) ~= nil)', 'rawequal($s, $s)', '(math.type($i) == "integer")',
	'(o < $i)', '(o == o)', '(next($T) == nil)', "(type($s) == 'string')", '(#$T > $n)',
})

kinds.l = function()
	local out = {}
	for i = 1, random(9) - 1 do out[i] = pick { 'a', 'b', 'c', 'A', 'Z', 'x', '0', '1', '7', ' ', '-', ',', '(', ')', '[', ']', '_', '\\0', '\\n', '\\xe9', 'é', '\\\\', '\\"' } end
	return '"' .. table.concat(out) .. '"'
end

kinds.s = expression({ '$S', '$S', '$l', '$l' }, {
	'($s .. $s)', '($s .. $i)', '($i .. $s)', '($s):sub($k, $k)', '($s):sub($i)', '($s):rep($n)', '($s):rep($n, $l)', '($s):upper()',
	'($s):lower()', '($s):reverse()', 'tostring($i)', 'tostring($b)', 'string.char($i & 127, $i & 255)', "(($s):match($p) or '') .. ''",
	'(clip($s):gsub($p, $r))', '(clip($s):gsub($p, $r, $n))', 'table.concat($T, $l)', 'table.concat($T, $s, $n, #$T)', "('%d'):format($i)",
	'($b and $s or $s)', "('%$w$f'):format($i)", "('[%-$n.$ns|%$n$nd|%.$nx]'):format($s, $i, $i)", "('%5.$ns%+d%q'):format($s, $i, $s)",
	"('%c%x%o%X%i'):format($i & 255, $i, $i, $i, $i)", "('%q'):format($i)", "string.pack('s1z', $S, 'x')", "string.pack('<i$n', $i)", "('<I8'):pack($i)",
	'utf8.char($i & 0xffff)', '(o .. $s)', 'load(("return %q"):format($s))()', 'g1($s)', 'type($i)', "(('%s'):rep($n)):format($s, $i, $s, $b, $i)",
	'clip(select(2, pcall(error, $s, 0)))', 'tostring(select(2, pcall($S, $i)))', "clip(($s):gsub('.', { a = 'b', x = $n, ['1'] = false }))",
	"clip(($s):gsub('%w', function(c) return $b and c:upper() end))", "clip(($s):gsub('(%a)(%d?)', '%2%1'))",
})

kinds.w = function() return pick { '', '1', '5', '-8', '08', '+', ' 9', '#', '-', '.3', '12.5', '+.2', '#10' } end
kinds.f = function() return pick { 'd', 'i', 'x', 'X', 'o', 'u', 's', 'c' } end
kinds.t = expression({ '$T', '{ $i, $i }', '{}' }, {
	'{ $i, $i, $i }', '{ $i, table.unpack($T) }', '{ table.unpack($T, 1, $n) }', '{ $i, $i, $i, $i, $i }', 'sorted($t)', 'move($t, $i, $i, $i)', '{ ($s):byte(1, 8) }',
})

kinds.p = function()
	local out = { random(6) == 1 and '^' or nil }
	local quantified = 0
	for _ = 1, random(4) do
		local item = pick { '.', 'a', 'b', 'x', '1', '%a', '%d', '%s', '%w', '%p', '%l', '%u', '%c', '%x', '%A', '%W', '[ab]', '[^a]', '[a-c]', '[%w_]', '[^%s%d]',
			'(a)', '(.)', '(%w+)', '()', '%1', '%b()', '%bab', '%f[%w]', '%f[%A]', '(.-)', '[]]', '%%', '%-', ' ', ',', 'é', '(', ')', '[', '%' }
		if random(8) > 1 and #item == 1 and item:find '[%(%)%[%%]' then item = 'c' end
		if quantified < 2 and random(2) == 1 then item = item .. pick { '*', '+', '-', '?' } quantified = quantified + 1 end
		out[#out + 1] = item
	end
	if random(6) == 1 then out[#out + 1] = '$' end
	return ('%q'):format(table.concat(out))
end

kinds.r = function() return pick { "'<%0>'", "'%1'", "''", "'%%'", "'%2'", "'-'", "{ a = 'z', b = 1, ['1'] = false }", 'string.upper', 'function(c) return #c end',
	"function(...) return select('#', ...) end", "'%x'", 'function() end' } end

local statements = {
	'$I = $i', '$I = $i', '$I = $i', '$S = clip($s)', '$S = clip($s)', '$S = clip($s)', '$T = $t', '$T[#$T + 1] = $i', 'table.insert($T, $i)', 'table.insert($T, $n, $i)',
	'show(table.remove($T))', 'show(table.remove($T, $n))', 'show(table.remove($T, 1))', 'table.sort($T)', 'table.sort($T, function(a, b) return a > b end)',
	'show($i)', 'show($s)', 'show($b)', 'show($t)', 'show(clip($s):find($p, $k))', 'show(clip($s):match($p))', 'show(clip($s):match($p, $k))', 'show(clip($s):gsub($p, $r))',
	'show(($s):byte($k, $k))', 'show(table.unpack($T, $n, $n))', 'for x, y in clip($s):gmatch($p) do show(x, y) end', '$I, $I = $I, $i', '$S, $T[1] = $s, $i',
	'show(pcall(error, $s))', 'show(pcall(error, { $i }))', 'error($s)', 'error($i, 0)', 'assert($b, $s)', 'assert($b)', 'show(select($k, $i, $s, $b))',
	'show(string.unpack("<i$n", ($s):rep(3)))', 'show(string.unpack("z", $s .. "\\0"))', 'show(string.unpack("s1", $s))', 'show(utf8.len($s, $k))', 'show(utf8.offset($s, $n))',
	'local c = 0 for k = $i, $i, $i do c = c + 1 show(k) if c > 4 then break end end', 'for k = 1, $n do $I = $i end', 'for k = $n, $n do show($i ~ k) end', 'for k = #$T, 1, -1 do $I = $I ~ $T[k] end',
	'for k, v in ipairs($T) do $I = $I * 31 + v end', 'local c = 0 while $b and c < 5 do c = c + 1 $I = $i end show(c)', 'local c = 0 repeat c = c + 1 $I = $i until $b or c > 4 show(c)',
	'if $b then $I = $i elseif $b then $S = clip($s) else show($s) end', 'local c = 0 ::top:: c = c + 1 if c < $n then $I = $i goto top end show(c)', 'for k = 1, 3 do if $b then goto skip end show(k) ::skip:: end',
	'local old = f1 f1 = function(x) return x ~ $i end show(f1($i)) f1 = old', 'local u = $i f2 = function(a, b) u = u + a return u - b end', 'g1 = function(s) return clip(s .. $l) end',
	'local co = coroutine.wrap(function(a) for k = 1, $n do a = a + coroutine.yield(a ~ $i) end return $s end) for k = 1, 4 do show(pcall(co, k)) end',
	'local co = coroutine.create(function(...) show(...) show(coroutine.yield($i, $s)) $I = $i end) show(coroutine.resume(co, $i)) show(coroutine.resume(co, $s)) show(coroutine.status(co))',
	'show(xpcall(function() return $i end, function(m) return clip(m) .. "!" end))', 'show(pcall(function(...) local a, b = ... return b, a, $i end, $i, $s))', 'show((function(...) return select("#", ...), ... end)(table.unpack($T)))',
	'local a <s> = 1', 'show(load((clip($s):gsub("%d", ""))))', 'show(load("return " .. ($l):gsub("%d", "") .. " + "))', 'local t = table.pack(table.unpack($T)) show(t.n, t)', 'show(move({}, 1, 2, 3), table.move($T, 1, #$T, 2, {}))',
	'local k, t = $i, setmetatable({}, { __index = function(t, k) return k end }) show(t[k], t.x, table.unpack(t, 1, 3))', 'show(tostring(setmetatable({}, { __tostring = function() return clip($s) end })))', 'show(rawlen($T), rawlen($s), next({}))',
	'show(table.concat($T, $l, $k, $k))', 'show(#table.pack(($s):byte(1, -1)))', 'show(o + $i, $i - o, o & $i, -o, ~o, o << $n, o // $i, o % $i, o .. $s, $s .. o, o <= $i)',
}

local prologue = [[
local function describe(v)
	-- a program may make a string of a table
	if type(v) == 'string' then return ('%q'):format((v:gsub('table: 0?x?%x%x%x%x%x%x%x%x+', 'table'):gsub('at index %-?%d+ in', 'at index in'))) end
	if type(v) == 'function' or type(v) == 'thread' then return type(v) end
	if type(v) ~= 'table' then return tostring(v) end
	local out = {}
	for i = 1, #v do out[i] = describe(v[i]) end
	return '{' .. table.concat(out, ' ') .. '}'
end
local function show(...)
	local out = table.pack(...)
	for i = 1, out.n do out[i] = describe(out[i]) end
	print(table.concat(out, ' '))
end
local function clip(s) return s:sub(1, 60) end
local function int(s) local n = tonumber(s) return n and math.tointeger(n) end
local function sorted(t) table.sort(t) return t end
local function move(t, a, b, c)
	local n = #t
	if n == 0 then return t end
	return table.move(t, a % n + 1, b % n + 1, c % n + 1)
end
local i1, i2, i3, i4 = 0, 1, -1, math.maxinteger
local s1, s2, s3, s4 = '', 'abc', 'x1 y22,(z)', '\xff\0é'
local t1, t2, t3 = {}, { 3, 1, 2 }, { 5, 5, -5, 0, 9 }
local f1, f2, g1 = function(a) return a * 3 end, function(a, b) return a ~ b end, string.lower
local o = {}
do
	local function value(v) return v == o and 7 or v end
	local mt = { __len = function() return 3 end, __index = function(_, k) return k end, __call = function(_, a, b) return a end,
		__unm = function() return -7 end, __bnot = function() return ~7 end, __lt = function(a, b) return value(a) < value(b) end,
		__concat = function(a, b) return (a == o and 'o' or a) .. (b == o and 'o' or b) end }
	for name, op in pairs { add = '+', sub = '-', mul = '*', idiv = '//', mod = '%', band = '&', bor = '|', bxor = '~', shl = '<<', shr = '>>' } do
		mt['__' .. name] = load('local value = ... return function(a, b) return value(a) ' .. op .. ' value(b) end', '=mt')(value)
	end
	setmetatable(o, mt)
end
local function try(f) local r = table.pack(pcall(f)) if not r[1] then show('error', r[2]) end end
]]

print(prologue)
for n = 1, 10 + random(30) do
	local body = fill(pick(statements), 1 + random(4)):gsub('\n', ' ')
	if load('return function() ' .. body .. ' end') then
		print(('try(function() %s end)'):format(body))
	else
		print(('show(load(%q, "=c"))'):format(body))
	end
	if n % 5 == 0 then print 'show(i1, i2, i3, i4, s1, s2, s3, s4, t1, t2, t3)' end
end
print 'show(i1, i2, i3, i4, s1, s2, s3, s4, t1, t2, t3)'
