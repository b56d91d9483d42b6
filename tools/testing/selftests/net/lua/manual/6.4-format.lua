-- SPDX-License-Identifier: GPL-2.0
-- string.format: all flags, widths and precisions of the formats for integers and
-- text.
local values = { 0, 1, -1, 7, -7, 42, 255, -255, 65535, 123456789, -123456789, 1 << 32, math.maxinteger, math.mininteger, math.mininteger + 1 }
local function flags()
	local out = {}
	for i = 0, 31 do
		local s = ''
		for bit, c in ipairs { '-', '+', ' ', '#', '0' } do if i >> (bit - 1) & 1 == 1 then s = s .. c end end
		out[#out + 1] = s
	end
	return out
end
local widths = { '', '5', '22' }
local precisions = { '', '.', '.3' }
-- '+', ' ', '#' and '0' mean nothing where C says so; the result is the same all the same
for conversion in ('dioxXu'):gmatch '.' do
	for _, f in ipairs(flags()) do
		for _, w in ipairs(widths) do
			for _, p in ipairs(precisions) do
				local format = '%' .. f .. w .. p .. conversion
				local line = {}
				for i = 1, #values, 2 do line[#line + 1] = format:format(values[i]) end
				print(format, table.concat(line, '|'))
			end
		end
	end
end
for _, v in ipairs(values) do
	print(('%d %i %u %o %x %X %s %q'):format(v, v, v, v, v, v, v, v))
	print(('%99d|%-99d|%.99d'):format(v, v, v))
	print(('%99.99d|%-99.50x|%+99.98d|%#99.99x|%#.99o'):format(v, v, v, v, v))
end

-- %c: any byte
for _, f in ipairs { '%c', '%3c', '%-3c', '%1c', '%0c', '%c%c' } do print((f:gsub('%%c%%c', '%%c')):format(65), f:format(66, 67)) end
for i = 0, 255 do if ('%c'):format(i) ~= string.char(i) then print('%c', i) end end
print(#('%c'):format(0), #('%5c'):format(0), ('%c'):format(65 + 256), ('a%cb'):format(0) == 'a\0b')

-- %s
for _, w in ipairs { '', '0', '1', '5', '10', '-5', '-10', '-1' } do
	for _, p in ipairs { '', '.', '.0', '.1', '.2', '.10', '.99' } do
		if w ~= '0' then
			local format = '%' .. w .. p .. 's'
			print(format, '[' .. format:format 'abc' .. ']', '[' .. format:format '' .. ']', '[' .. format:format(-42) .. ']', '[' .. format:format(nil) .. ']', '[' .. format:format(true) .. ']')
		end
	end
end
print(('%5.2s|%.3s|%-6.1s|'):format('hello', 'größe', 'xyz'))
print(('%s %s'):format('a\0b', 1) == 'a\0b 1', ('%s'):format(('x'):rep(1000)) == ('x'):rep(1000), #('%5s'):format(('x'):rep(200)), #('%.99s'):format(('x'):rep(200)))
print(('%s|%10s'):format(setmetatable({}, { __tostring = function() return 'object' end }), setmetatable({}, { __tostring = function() return 'other' end })))
print(pcall(string.format, '%5s', 'a\0b')) print(pcall(string.format, '%.2s', 'a\0b')) print(pcall(string.format, '%s', setmetatable({}, { __tostring = function() return 1 end })))

-- %q: read back as it was
for _, s in ipairs { '', 'plain', 'a"b', "a'b", 'a\\b', 'a\nb', 'a\rb', 'a\0b', 'a\0001', 'a\1b', 'a\0012', 'tab\tend', '\127\128\255', 'größe', '\\n', ']]', 'a\r\nb', '\26', '\0' } do
	local q = ('%q'):format(s)
	print(q, load('return ' .. q)() == s)
end
local all = {}
for i = 0, 255 do all[#all + 1] = string.char(i) all[#all + 1] = '7' end
all = table.concat(all)
print(('%q'):format(all), load('return ' .. ('%q'):format(all))() == all)
print(('%q %q %q %q %q'):format(nil, true, false, 0, -5), ('%q'):format(math.mininteger), ('%q'):format(math.maxinteger))
for _, v in ipairs { {}, print } do print(pcall(string.format, '%q', v)) end
print(pcall(string.format, '%q')) print(load('return ' .. ('%q'):format(math.mininteger))() == math.mininteger)

-- %%, and what is no format
print(('%%'):format(), ('100%%'):format(), ('%%d'):format(), ('%d%%'):format(5), ('no format'):format(1, 2), (''):format(), ('a\0%d'):format(1) == 'a\0001')
for _, f in ipairs { '%', 'x%', '%y', '%l', '%ld', '%lld', '%hd', '%z', '%-', '%5', '%5.', '%.', '%100d', '%.100d', '%123s', '%1.123s', '%------d', '%+++++d', '%00000d', '%000000d',
	'%*d', '%n', '%D', '%S', '%C', '%\0', '% ', '%5 d', '%.-1d', '%5.5.5d', '%##x', '%1$d' } do
	print(('%q'):format(f), pcall(string.format, f, 1, 2))
end
for _, a in ipairs { 'x', '', {}, true, '1x', ' ' } do
	for _, f in ipairs { '%d', '%x', '%c', '%i', '%u', '%o' } do print(f, pcall(string.format, f, a)) end
end
print(pcall(string.format, '%d')) print(pcall(string.format, '%d %d', 1)) print(pcall(string.format, '%s')) print(pcall(string.format)) print(pcall(string.format, {}))
print(('%d %s %x'):format('10', 10, '0xff'), ('%5d|%-5d|%05d'):format('7', '7', '7'), #('%d'):rep(4):format(table.unpack { 1, 22, 333, 4444 }))
