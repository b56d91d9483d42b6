-- SPDX-License-Identifier: GPL-2.0
-- dns: messages over TCP

local dns = require 'dns'

local parse = dns.message
local QUERY = '\x12\x34\1\0\0\1\0\0\0\0\0\0'

local function message(text) return string.pack('>s2', text) end
local function query(name) return message(QUERY .. name .. '\0\1\0\1') end

check(parse, query '\3www\7example\3com\0', {
	id = 0x1234, response = false, opcode = 0, rcode = 0, recursion_desired = true,
	truncated = false, question = { name = 'www.example.com', type = 1, class = 1 },
})
check(parse, query '\3WwW\7eXample\3COM\0',
      { question = { name = 'www.example.com', type = 1, class = 1 } })
check(parse, query '\0', { question = { name = '.', type = 1, class = 1 } })
check(parse, query '\3a.b\4\\ \0\xff\0',
      { question = { name = 'a\\.b.\\\\\\032\\000\\255', type = 1, class = 1 } })
check(parse, message(QUERY .. '\1a\0\0\xfc\0\xff'),
      { question = { name = 'a', type = 252, class = 255 } })
check(parse, query '\1a\0' .. query '\1b\0', { length = 21 })
check(parse, message('\0\1\xff\xff\0\0\0\1\0\2\0\3'), {
	id = 1, response = true, opcode = 15, authoritative = true, truncated = true,
	recursion_available = true, rcode = 15, answers = 1, authorities = 2, additional = 3,
})
-- what comes behind the question belongs to the message
check(parse, message(QUERY .. '\1a\0\0\1\0\1' .. ('x'):rep(50)),
      { question = { name = 'a', type = 1, class = 1 } })

check(parse, '', 'incomplete')
check(parse, '\0', 'incomplete')
check(parse, '\0\12', 'incomplete')
check(parse, query('\1a\0'):sub(1, -2), 'incomplete')
check(parse, '\0\0', 'the message is too short')
check(parse, message(QUERY:sub(1, 11)), 'the message is too short')
check(parse, message(QUERY:gsub('\0\1', '\0\2', 1) .. '\1a\0\0\1\0\1\1a\0\0\1\0\1'),
      'more than one question')
for _, text in ipairs { '', '\1', '\1a', '\1a\0', '\1a\0\0\1\0', '\63' .. ('a'):rep(62) } do
	check(parse, message(QUERY .. text), 'the question is cut off')
end
-- to itself, into the header, forward
for _, text in ipairs { '\xc0\x0c', '\xc0\0', '\xc0\x20', '\1a\xc0\x0c', '\x40a', '\x80a' } do
	check(parse, query(text), 'compressed or unknown label')
end

-- 255 bytes with all lengths, and 63 of a label
local label = '\63' .. ('a'):rep(63)
local name = ('a'):rep(63)
check(parse, query(label .. label .. label .. '\61' .. ('b'):rep(61) .. '\0'), { question = {
	name = table.concat({ name, name, name, ('b'):rep(61) }, '.'), type = 1, class = 1,
} })
check(parse, query(label .. label .. label .. '\62' .. ('b'):rep(62) .. '\0'),
      'the name is too long')
check(parse, query(('\1a'):rep(127) .. '\0'), { question = {
	name = ('a'):rep(127, '.'), type = 1, class = 1,
} })
check(parse, query(('\1a'):rep(128) .. '\0'), 'the name is too long')

check_random(parse, '\0\30' .. QUERY, '\0\1\2\3\xc0a', 100, 20)
done()
