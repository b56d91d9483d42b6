-- SPDX-License-Identifier: GPL-2.0
-- UTF-8 support.
local function try(f, ...) print(pcall(f, ...)) end
local function hex(s) return (s:gsub('.', function(c) return ('%02x'):format(c:byte()) end):gsub('\n', '0a')) end

print(hex(utf8.char()), hex(utf8.char(0)), hex(utf8.char(65, 228, 8364, 128512)), hex(utf8.charpattern))
for _, c in ipairs { 0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdfff, 0xe000, 0xffff, 0x10000, 0x10ffff } do
	local s = utf8.char(c)
	print(c, hex(s), #s, pcall(utf8.len, s))
	print(c, pcall(utf8.codepoint, s))
end
try(utf8.char, -1) try(utf8.char, 0x110000) try(utf8.char, math.maxinteger) try(utf8.char, 'x') try(utf8.char, 65, {})
try(utf8.len) try(utf8.codepoint) try(utf8.offset, 'x') try(utf8.codes)

local texts = { '', 'abc', 'größe', '日本語', 'a😀b', '\0', 'a\0b', '\xff', 'a\xff', '\xc3', '\xc3(', '\x80', 'a\x80', '\xe2\x82', '\xe2\x82\xac\x80',
	'\xc0\x80', '\xc1\xbf', '\xe0\x80\x80', '\xf0\x80\x80\x80', '\xed\xa0\x80', '\xf4\x8f\xbf\xbf', '\xf4\x90\x80\x80', '\xf8\x88\x80\x80\x80', '\xfe', 'ok\xe9', ('é'):rep(50) }
for _, s in ipairs(texts) do
	print(hex(s), pcall(utf8.len, s))
	for i = -4, 4 do print(i, pcall(utf8.len, s, i), pcall(utf8.len, s, 1, i), pcall(utf8.codepoint, s, i), pcall(utf8.offset, s, i), pcall(utf8.offset, s, i, 2)) end
	print(pcall(utf8.codepoint, s, 1, -1))
	print(pcall(function() local out = {} for p, c in utf8.codes(s) do out[#out + 1] = p .. ':' .. c end return table.concat(out, ' ') end))
	local out = {}
	for c in s:gmatch(utf8.charpattern) do out[#out + 1] = hex(c) end
	print(table.concat(out, ' '))
end
local s = 'aé€😀z'
for i = 1, #s + 1 do print(i, pcall(utf8.offset, s, 0, i)) print(i, pcall(utf8.offset, s, 1, i)) print(i, pcall(utf8.offset, s, -1, i)) print(i, pcall(utf8.codepoint, s, i)) print(i, pcall(utf8.len, s, i)) end
for n = -6, 7 do print(n, utf8.offset(s, n)) end
try(utf8.len, 'abc', 5) try(utf8.len, 'abc', 4) try(utf8.len, 'abc', 0) try(utf8.len, 'abc', 1, 4) try(utf8.offset, 'abc', 1, 5) try(utf8.offset, 'abc', 1, 0) try(utf8.codepoint, 'abc', 1, 4) try(utf8.codepoint, 'abc', 0)
try(utf8.len, 'abc', math.maxinteger) try(utf8.len, 'abc', math.mininteger) try(utf8.offset, 'abc', math.maxinteger) try(utf8.offset, 'abc', math.mininteger) try(utf8.codepoint, 'abc', 3, 2)
