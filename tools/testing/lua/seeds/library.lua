--!daaaaaa
local t = { 'c', 'a', 'b' }
table.sort(t, function(a, b) return a > b end)
table.insert(t, 1, ('x'):rep(100, ','))
table.move(t, 1, 3, 2)
print(table.concat(t, ' '), #t, table.unpack(t, 2))
print(string.format('%5.3d|%-9x|%q|%s', 42, 255, 'a\n', nil))
print(string.unpack('<i4s1z', string.pack('<i4s1z', -2, 'ab', 'c')))
print(('key = value'):match('^(%w+)%s*=%s*(%w+)$'), ('a(b(c)d)e'):find('%b()'))
print(('hello'):gsub('l+', { ll = 'LL' }), ('abc'):gsub('%w', '%0%0'))
for p, c in utf8.codes('aä€') do print(p, c, utf8.char(c)) end
