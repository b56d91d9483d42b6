-- SPDX-License-Identifier: GPL-2.0
-- Patterns: every item, in find, match, gmatch and gsub.
local function try(s, p, ...) print(('%q'):format(p), pcall(string.find, s, p, ...)) end
local all = {}
for i = 0, 255 do all[#all + 1] = string.char(i) end
all = table.concat(all)
local function set(p)
	local out = {}
	for i = 0, 255 do if string.char(i):find(p) then out[#out + 1] = i end end
	-- ranges
	local line, from = {}, nil
	for i = 1, #out do
		from = from or out[i]
		if out[i + 1] ~= out[i] + 1 then line[#line + 1] = from == out[i] and from or from .. '-' .. out[i] from = nil end
	end
	print(('%q'):format(p), #out, table.concat(line, ' '))
end

-- single character classes
for c in ('acdglpsuwxz'):gmatch '.' do set('%' .. c) set('%' .. c:upper()) set('[%' .. c .. ']') set('[^%' .. c .. ']') end
for c in ('bfehijkmnoqrtvy0BFEHIJKMNOQRTVY'):gmatch '.' do if c ~= 'b' and c ~= 'f' and c ~= '0' then set('%' .. c) end end
set '.' set 'a' set '%.' set '%%' set '%-' set '%[' set '%]' set '%(' set '%)' set '%^' set '%$' set '%*' set '%+' set '%?' set '%\0' set '%\xff'
set '[abc]' set '[a-z]' set '[^a-z]' set '[a-cx-z]' set '[]]' set '[^]]' set '[]-a]' set '[a-]' set '[-a]' set '[a%-z]' set '[%a_]' set '[%w%s]'
set '[^%s%c]' set '[%%]' set '[.]' set '[%.]' set '[$]' set '[a^]' set '[^^]' set '[+--]' set '[\0-\31]' set '[\x80-\xff]' set '[^\x80-\xff]' set '[z-a]'
set '[a-%%]' set '[%a-z]' set '[a-a]' set '[%]]' set '[%^a]' set '[(]' set '[\0]' set '[^\0]' set '[0-9a-fA-F]' set '[%x]' set '[é]'

-- repetition
for _, p in ipairs { 'a*', 'a+', 'a-', 'a?', 'a*b', 'a+b', 'a-b', 'a?b', '.*', '.-', '.+', '.?', '^a*', '^a*$', '^a-$', 'a-$', '^', '$', '^$',
	'b*', 'b+', '.*b', '.-b', '[ab]*', '[^b]*', 'a*a*a*', 'a?a?a?', '(a*)(b*)', '(a-)(b-)', '(a-)(b-)$', '()a*()', '()', '(.)(.)', '((a)(b))' } do
	for _, s in ipairs { '', 'a', 'b', 'aaa', 'aaab', 'baaa', 'abab' } do
		print(p, s, s:find(p))
		print(p, s, s:match(p))
		print(p, s, s:gsub(p, '<%0>'))
	end
end

-- anchors
print(('hello'):find('^h'), ('hello'):find('^e'), ('hello'):find('o$'), ('hello'):find('l$'), ('hello'):find('^hello$'), ('a^b'):find('a^b'), ('a$b'):find('a$b'))
print(('hello'):find('^l', 3), ('hello'):match('^(l+)', 3), ('^x'):find('%^x'), ('x$'):find('x%$'))
print(('abc'):gsub('^%a', 'X'), ('abc'):gsub('%a$', 'X'), ('aaa'):gsub('^a', 'b'), ('abc'):gsub('$', '!'), ('abc'):gsub('^', '!'))

-- captures
print(('key = value'):match('^(%w+)%s*=%s*(%w+)$'))
print(('2026-11-22'):match('(%d+)-(%d+)-(%d+)'))
print(('hello'):match('()ll()'), ('hello'):find('()ll()'), ('hello'):match('(h)(e)(l)(l)(o)'))
print(('abcd'):match('((a)(b(c)))'), ('abc'):match('(((abc)))'), (''):match('()'), ('x'):match('(x?)(y?)(z*)'))
print(('"quoted" and \'single\''):match([[(["'])(.-)%1]]), ([['it"s']]):match([[(["'])(.-)%1]]))
print(('abab'):find('(ab)%1'), ('abcabc'):find('(a)(b)(c)%1%2%3'), ('aa'):match('(.)%1'), ('ab'):match('(.)%1'), ('xyxyx'):match('((x)y)%1%2'))
print(('='):rep(3):match('(=*)%1'), ('=='):match('(=*)%1'), ('aXbXa'):find('(a).*%1'))
print(pcall(string.rep, 'x', -1), ('x'):rep(32):match(('(.)'):rep(32)))

-- %b and %f
print(('f(a(b)c)d'):match('%b()'), ('((('):match('%b()'), ('()'):match('%b()'), ('(a'):match('%b()'), ('a)'):match('%b()'), ('[[x]]'):match('%b[]'))
print(('if x then y end'):match('%bie'), ('xaxbx'):match('%bxx'), ('"a"b"'):match('%b""'), ('\0a\1'):find('%b\0\1'), (')('):find('%b()'))
print(('{a{b}c}{d}'):gsub('%b{}', '<>'), ('(a)(b)'):gsub('%b()', function(s) return s:upper() end))
print(('THE (quick) fox'):find('%f[%a]%a+%f[%A]'), ('THE (quick) fox'):gsub('%f[%a]%a+', string.lower), ('foo'):find('%f[%z]'), ('foo'):find('%f[\0]'))
print(('[word]'):find('%f[%w]%w+%f[%W]'), ('word'):gsub('%f[%w]', '<'), ('word'):gsub('%f[%W]', '>'), (''):find('%f[%w]'), (''):find('%f[%W]'), ('a\0b'):find('%f[%z]'))
print(('aa bb'):gsub('%f[%S]%S', '<%0'), ('1a2b'):gsub('%f[%d]', '#'))

-- gmatch
for w in ('one two  three'):gmatch '%a+' do print(w) end
for k, v in ('a=1, b=2, c=3'):gmatch '(%w+)=(%w+)' do print(k, v) end
for p in ('abc'):gmatch '()' do print(p) end
for e in ('a,b,,c'):gmatch '[^,]*' do print('<' .. e .. '>') end
for a, b in ('abcd'):gmatch '(.)(.)' do print(a, b) end
for s in (''):gmatch '.*' do print('empty', s == '') end
for s in ('xyz'):gmatch '^x' do print('anchor', s) end
for s in ('^x^x'):gmatch '^x' do print('anchor', s) end
for s in ('abc'):gmatch 'x*' do print('nothing', s) end
local it = ('ab'):gmatch '.'
print(it(), it(), it(), it())
local n = 0
for a in ('x'):rep(300):gmatch 'x' do n = n + 1 end
print(n)

-- gsub: strings, tables, functions, counts
print(('hello world'):gsub('o', '0'), ('hello'):gsub('l', 'L', 1), ('hello'):gsub('l', 'L', 0), ('hello'):gsub('l', 'L', -1), ('hello'):gsub('', '.'), ('hello'):gsub('', '.', 2))
print(('hello world'):gsub('(%w+)', '<%1>'), ('hello'):gsub('(l)(l)', '%2%1%0%%'), ('hello'):gsub('.', '%0%0'), ('ab'):gsub('(a)(b)', '%2%1'))
print(('$name is $age'):gsub('%$(%w+)', { name = 'Lua', age = 33 }), ('$x $y'):gsub('%$(%w+)', { x = false }), ('abc'):gsub('%w', { a = 1 }))
print(('abc'):gsub('%w', function(c) return c == 'b' and c:upper() or nil end), ('abc'):gsub('%w', function() return false end), ('abc'):gsub('(a)(b)', function(a, b) return b .. a end))
print(('abc'):gsub('%w', function(...) return select('#', ...) end), ('abc'):gsub('()(%w)', function(p, c) return p .. c end), ('ab'):gsub('.', { a = 'x', b = 5 }))
print(('hello'):gsub('x*', '-'), ('hello'):gsub('l*', 'x'), ('  trim  '):gsub('^%s*(.-)%s*$', '%1'), ('abc'):gsub('b*', '-'), ('a.b.c'):gsub('%.', '%%'))
print(('x'):gsub('x', '%%1'), ('x'):gsub('x', '%0%%'), ('a\0b'):gsub('\0', 'nul'), ('a\0b'):gsub('%z', '0'), ('abc'):gsub('b', '\0') == 'a\0c')
print((('x'):rep(500):gsub('x', 'yz')):len(), select(2, ('x'):rep(500):gsub('x', '')), ('abc'):gsub('.', { a = setmetatable({}, {}) and 'A' }))
print(('abc'):gsub('%w', setmetatable({}, { __index = function(_, k) return k .. k end })))

-- UTF-8 passes through
print(('größe'):gsub('ö', 'oe'), ('größe'):find('ß'), ('größe'):match('g(.-)e'), #('größe'):match('%a+'), ('größe'):gsub('[^%w]', '?'))
for c in ('aé€😀'):gmatch(utf8.charpattern) do print(c, #c) end
print(('日本語'):find('本'), ('日本語'):gsub('[\x80-\xff]+', '*'), ('naïve'):gsub('%w', 'x'), ('naïve'):match('%W+'))

-- malformed patterns
for _, p in ipairs { '%', 'a%', '[', '[a', '[^', '[]', '[^]', '[a-', '[%', '[%a', '(', '(a', ')', 'a)', '(()', '%b', '%bx', '%f', '%fa', '%1', '(a)%2', '(%1)',
	'()%1', '%0', '(a%1)', '[a-%]', '*', '+', '-', '?', '**', 'a**', 'a+*', '^*', '^^', '$$', '%9', '[[:alpha:]]', '[%b()]', '%f[', '%f[a' } do
	try('abc', p)
	print(pcall(string.gsub, 'abc', p, 'x'))
end
for _, r in ipairs { '%', '%2', '%x', '%a', 'a%', '%%%', '%9', '%0%1%2' } do print(r, pcall(string.gsub, 'abc', '(b)', r)) end
print(pcall(string.gsub, 'abc', 'b', r)) print(pcall(string.gsub, 'abc', 'b')) print(pcall(string.gsub, 'abc', 'b', true)) print(pcall(string.gsub, 'abc'))
print(pcall(string.gsub, 'abc', '.', function() return {} end)) print(pcall(string.gsub, 'abc', '.', { a = true })) print(pcall(string.gsub, 'abc', '.', { a = {} }))
print(pcall(string.gsub, 'abc', '.', function() error('inside', 0) end)) print(pcall(string.gsub, 'abc', 'b', 'x', 'y')) print(pcall(string.match, 'x')) print(pcall(string.gmatch, 'x'))
print(pcall(string.find, 'x', ('(x)'):rep(33))) print(pcall(string.find, ('x'):rep(33), ('(x)'):rep(33))) print(pcall(string.find, 'x', '(' .. ('x'):rep(5)))
