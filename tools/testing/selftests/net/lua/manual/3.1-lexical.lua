-- SPDX-License-Identifier: GPL-2.0
-- Lexical conventions: names, keywords, strings, comments, integers.
local function try(text)
	local f, m = load(text, '=c')
	if f then print(text, '->', pcall(f)) else print(text, '->', m) end
end
local function bytes(s) return #s .. ':' .. s:gsub('.', function(c) return (' %d'):format(c:byte()) end):gsub('\n', ' 10') end

-- names and keywords
local _, a1, A1, _x9, And, AND = 1, 2, 3, 4, 5, 6
print(_, a1, A1, _x9, And, AND)
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
	return then true until while]]):gmatch '%a+' do try('local ' .. word .. ' = 1') end
try 'local 1x = 1'
try 'local a\xc3\xa9 = 1'
try 'local x = 1 return x.y.z'
try 'return 1;;; '
try ';;; return 2'

-- operators and other tokens, without spaces
local x, y = 7, 3
print(x+y, x-y, x*y, x//y, x%y, x&y, x|y, x~y, x<<y, x>>y, -x, ~x, x==y, x~=y, x<=y, x>=y, x<y, x>y, #'x', x..y)
print(x--[[comment]]+--[==[ another ]==]y)
print(x-
-- a line
y)
try 'return 1 = 1'
try 'return 1 != 2'
try 'return a & & b'
try 'return @'
try 'return $x'
try 'return `x`'
try 'x = ?'
try 'return 1 .. 2'
try 'return ...'

-- escapes
print(bytes '\a\b\f\n\r\t\v\\\"\'')
print(bytes "\a\b\f\n\r\t\v\\\"\'")
print(bytes '\0\1\12\123\255\0001\1234')
print(bytes '\x00\x7f\xff\xAb\xaB1')
print(bytes '\u{0}\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\u{00000041}')
print(bytes 'a\z
	   b\z c\z

	d')
print(bytes 'a\
b')
print(bytes "a\z")
print('it\'s', "say \"x\"", 'a"b', "a'b")
try "return '\\q'"
try "return '\\x1'"
try "return '\\xg0'"
try "return '\\256'"
try "return '\\999'"
try "return '\\u{110000}'"
try "return '\\u{}'"
try "return '\\u{12'"
try "return '\\u12'"
try "return '\\u{G}'"
try "return 'open"
try "return 'open\nnext'"
try 'return "open\\'
try 'return "x\\\ny"'
try "return 'tab\there'"

-- long brackets
print(bytes [[]], bytes [==[]==], bytes [[x]], bytes [[
x]])
print(bytes [[

x]], bytes [==[]]]==], bytes [==[]=]]==], bytes [=[[[]]]=])
print(bytes [[\n\x41\]], bytes [[a
b
]])
print([[
first line break is dropped]], [==[
]] stays
]==])
print(bytes(load('return [[a\r\nb\n\rc\rd\ne]]')()))
print(bytes(load('return [[\r\na]]')()), bytes(load('return "a\\\r\nb"')()))
print(#load('return [[\0\1\0]]')(), #load('return "\0"')())
try 'return [==[ x ]=]'
try 'return [=x'
try 'return [[ [[ ]]'
try 'return [===[]===]'

-- comments
-- one line
--[[ one ]] print('after a comment')
--[[
print('not run')
--]]
---[[ a line
print('run')
--]]
--[==[ ]] ]=] print('not run') ]==] print('run, too')
--
--[
print('still here') --[=[]=]
try '--[[ open'
try '-- only a comment'
try ''
try 'return 1 --'
try '-- x\nreturn 3'
try '#!/bin/lua\nreturn 1'
try '\xef\xbb\xbfreturn 1'

-- integers
print(0, 00, 007, 123, 9223372036854775807, 0x0, 0xff, 0XFF, 0xA, 0x7fffffffffffffff)
print(0x8000000000000000, 0xffffffffffffffff, 0xFfFfFfFfFfFfFfFf)
print(0x10000000000000000, 0x1ffffffffffffffff, 0x123456789abcdef0123456789abcdef)
print(0x00000000000000000000000000000001, 00000000000000000000000000000000000009)
print(-9223372036854775807 - 1, -0x8000000000000000, -0)
print(3-2, 3 -2, 3- -2, - -3, 0xe-1, 0xE+1)

-- lines are counted whatever ends them
for _, text in ipairs { 'x\n\n= =', 'x\r\n\r\n= =', 'x\n\r\n\r= =', 'x\r\r= =', '--[[\n\n]]= =', "x = '\\\n' = =",
	"x = '\\z\n\n' = =" } do
	print((select(2, load(text, '=c'))))
end

-- what chunks are called
print(select(2, load('=', '=name')))
print(select(2, load('=', '@file.lua')))
print(select(2, load('=', 'text of it')))
print(select(2, load('=', 'two\nlines')))
print(select(2, load('=')))
print(select(2, load('=', ('long '):rep(40))))
print(select(2, load('=', '@' .. ('long/'):rep(40))))
print(select(2, load('=', '=' .. ('long '):rep(40))))
print(select(2, load(function() return nil end)) == nil)
