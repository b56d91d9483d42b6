-- SPDX-License-Identifier: GPL-2.0
-- string.pack, packsize and unpack: all options for integers and strings.
local function hex(s) return (s:gsub('.', function(c) return ('%02x'):format(c:byte()) end):gsub('\n', '0a')) end
local function pack(f, ...)
	local ok, s = pcall(string.pack, f, ...)
	if not ok then print(f, s) return end
	print(f, hex(s), select(2, pcall(string.packsize, f)), pcall(string.unpack, f, s))
end
local values = { 0, 1, -1, 127, 128, -128, 255, -32768, 65535, 0x12345678, -0x80000000, 0xffffffff, 0x0123456789abcdef, math.maxinteger, math.mininteger }
for _, order in ipairs { '<', '>', '=' } do
	for option in ('b B h H i I l L j J T'):gmatch '%a' do for _, v in ipairs(values) do pack(order .. option, v) end end
	for size = 1, 16 do for _, sign in ipairs { 'i', 'I' } do for _, v in ipairs(values) do pack(order .. sign .. size, v) end end end
end

-- sizes that are not there
for _, f in ipairs { 'i0', 'i17', 'I0', 'I17', 'i99', 'i100', 's0', 's17', '!0', '!17', '!100', 'c', 'y', '1', 'i-1', 'X', 'Xz', 'Xs', 'Xc1', 'X ', 'Xx', '!9i9', '!4i8', '%', '\0', 'i999999999999', 'zz', 'XX' } do
	print(f, pcall(string.packsize, f)) print(f, pcall(string.pack, f, 1)) print(f, pcall(string.unpack, f, ('\1'):rep(32)))
end

-- strings
for _, order in ipairs { '<', '>' } do
	for _, f in ipairs { 's', 's1', 's2', 's3', 's4', 's8', 's16', 'z', 'c0', 'c1', 'c3', 'c5', 'c10' } do
		for _, s in ipairs { '', 'a', 'abc', 'hello', 'größe' } do pack(order .. f, s) end
	end
end
pack('s1', ('x'):rep(255)) pack('s1', ('x'):rep(256)) pack('z', 'a\0b') pack('s', 'a\0b') pack('c3', 'a\0b') pack('c2', 'abc')
pack('s1s1z', 'a', 'b', 'c') pack('zzz', '', '', '') pack('s1', 5) pack('z', 12) pack('i1', '7') pack('i1', 'x') pack('i1', {}) pack('s1') pack('z', nil)

-- alignment and padding
for _, f in ipairs { 'i1i4', '!i1i4', '!4i1i4', '!2i1i4', '!1i1i4', '!8i1i8', '!16i1i16', '!i1i2i1i8', '!4 i1 !2 i4', '<!4i1>i4', '!4i1Xi4', '!8i1Xi8i1Xi8', '!i1xi1x', 'xxi1',
	'!4i1!i8', '!Bh', '!Bi', '!Bl', '!Bj', '!BT', '!4Bj', 'Bj', '!8Xi4i1', '!4i1Xi2i1', '=!4i1i4', '!i1 i3', '!4i3', '!4i4i3', '! b', '!2bi2', '!4bXi4' } do
	pack(f, 1, 2, 3, 4)
end
pack('!4i1s4', 1, 'ab') pack('!4z i4', 'ab', 5) pack('!4c1i4', 'x', 5) pack('!4 s1 i4', 'abc', 5) pack('!8 i1 s', 1, 'x') pack('  <  i2  >  i2  ', 1, 2) pack('<i2>i2=i2', 1, 2, 3) pack('')

-- unpack: positions and what is too short
local s = string.pack('<i4i4z', 1, 2, 'end')
print(string.unpack('<i4', s), string.unpack('<i4', s, 5), string.unpack('z', s, 9), string.unpack('<i4z', s, 5))
for _, pos in ipairs { 1, 2, 9, 12, 13, 14, 0, -1, -4, -12, -13, 100, math.maxinteger, math.mininteger } do
	print(pos, pcall(string.unpack, 'B', s, pos)) print(pos, pcall(string.unpack, '<I4', s, pos)) print(pos, pcall(string.unpack, 'z', s, pos)) print(pos, pcall(string.unpack, '', s, pos)) print(pos, pcall(string.unpack, '!4 Xi4', s, pos))
end
for _, f in ipairs { 'i8', 'i16', 's1', 's4', 's8', 'c5', 'z', 'i1i8', 's16' } do
	-- Lua adds to a length of 2^64 - 1
	for _, t in ipairs { '', '\1', '\4abc', f == 's8' and '\0' or '\xff\xff\xff\xff\xff\xff\xff\xff', '\0\0\0\0', 'abc\0' } do print(f, hex(t), pcall(string.unpack, f, t)) end
end

-- integers wider than Lua's
for _, t in ipairs { ('\0'):rep(16), ('\xff'):rep(16), '\1' .. ('\0'):rep(15), ('\xff'):rep(8) .. ('\0'):rep(8), ('\0'):rep(8) .. ('\xff'):rep(8), ('\0'):rep(7) .. '\x80' .. ('\0'):rep(8), ('\0'):rep(7) .. '\x80' .. ('\xff'):rep(8), ('\0'):rep(15) .. '\1' } do
	for _, f in ipairs { '<i16', '>i16', '<I16', '>I16', '<i9', '<I9', '>i12', '<i8', '<I8' } do print(f, hex(t), pcall(string.unpack, f, t)) end
end
for size = 1, 8 do
	local low, high = -(1 << size * 8 - 1), (1 << size * 8 - 1) - 1
	local f = '<i' .. size
	print(size, pcall(string.unpack, f, f:pack(low)), pcall(string.unpack, f, f:pack(high)))
	print(pcall(string.pack, f, high + 1)) print(pcall(string.pack, f, low - 1)) print(pcall(string.pack, '<I' .. size, high * 2 + 1)) print(pcall(string.pack, '<I' .. size, high * 2 + 2)) print(pcall(string.pack, '<I' .. size, -1))
end
-- packsize
for _, f in ipairs { '', 'i4', '<i4>i8', '!8i1i8', 'c10', 'bhilj', '!bhilj', 'BHILJT', 'xxx', 's', 'z', 's1', 'i4s', '!4i1Xi4', 'c2147483647', 'c2147483647c2147483647', 'c0' } do print(f, pcall(string.packsize, f)) end
print(pcall(string.pack)) print(pcall(string.unpack)) print(pcall(string.unpack, 'i4')) print(pcall(string.packsize)) print(pcall(string.pack, 'i4'))
print(#string.pack(('i1'):rep(100), table.unpack((function() local t = {} for i = 1, 100 do t[i] = i end return t end)())), select('#', string.unpack(('i1'):rep(100), ('\5'):rep(100))))
