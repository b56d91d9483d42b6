-- SPDX-License-Identifier: GPL-2.0
-- tls: ClientHellos, in any number of records

local tls = require 'tls'

local parse = tls.hello
local pack = string.pack

local function extension(number, body) return pack('>I2s2', number, body) end
local function numbers(format, ...)
	return (('>' .. format:rep(select('#', ...))):pack(...))
end
local function server_name(name) return extension(0, pack('>s2', '\0' .. pack('>s2', name))) end

local RANDOM = ('r'):rep(32)
local CIPHERS = pack('>s2', numbers('I2', 0x1301, 0xc02f))

-- A ClientHello with these parts, and these extensions
local function hello_of(parts, ...)
	local extensions = table.concat { ... }
	return (parts.version or '\3\3') .. RANDOM .. (parts.session or '\0') ..
		(parts.ciphers or CIPHERS) .. (parts.compression or '\1\0') ..
		(select('#', ...) > 0 and pack('>s2', extensions) or '')
end

local function record(bytes) return '\22\3\1' .. pack('>s2', bytes) end
local function message(body, kind) return (kind or '\1') .. pack('>s3', body) end
local function hello(...) return record(message(hello_of({}, ...))) end
local function parts(fields, ...) return record(message(hello_of(fields, ...))) end

local full = hello(
	extension(0x0a0a, ''),
	server_name 'Example.com',
	extension(23, ''),
	extension(10, pack('>s2', numbers('I2', 0xfafa, 29, 23))),
	extension(11, '\1\0'),
	extension(16, pack('>s2', '\2h2\8http/1.1')),
	extension(43, pack('s1', numbers('I2', 0x2a2a, 0x0304, 0x0303))),
	extension(0xff01, '\0'))
local wanted = {
	server_name = 'example.com',
	alpn = { 'h2', 'http/1.1' },
	version = 0x0303,
	versions = { 0x2a2a, 0x0304, 0x0303 },
	ciphers = { 0x1301, 0xc02f },
	groups = { 0xfafa, 29, 23 },
	point_formats = { 0 },
	extensions = { 0x0a0a, 0, 23, 10, 11, 16, 43, 0xff01 },
	fingerprint = '771,4865-49199,0-23-10-11-16-43-65281,29-23,0',
}
check(parse, full, wanted)
check(parse, full .. full, { length = #full })

-- in two records, cut anywhere, and in as many as there may be
local body = full:sub(6)
for i = 1, #body - 1 do
	local text = record(body:sub(1, i)) .. record(body:sub(i + 1))
	wanted.length = #text
	check_whole(parse, text, wanted)
end
local function split(count)
	local records = {}
	for i = 1, count do
		records[i] = record(i < count and body:sub(i, i) or body:sub(i))
	end
	return table.concat(records)
end
wanted.length = nil
check(parse, split(3), wanted)
check(parse, split(16), wanted)
check(parse, split(17), 'too many records')

check(parse, hello(), { extensions = {}, alpn = {}, versions = { 0x0303 },
			fingerprint = '771,4865-49199,,,' })
check(parse, parts({ version = '\3\1', session = '\32' .. RANDOM }, extension(35, '')),
      { version = 0x0301, versions = { 0x0301 }, extensions = { 35 } })
equal('no name', parse(hello()).server_name, nil)
check(parse, parts { ciphers = pack('>s2', numbers('I2', 0x3a3a, 5)) },
      { ciphers = { 0x3a3a, 5 }, fingerprint = '771,5,,,' })
check(parse, parts { ciphers = pack('>s2', numbers('I2', 0x3a4a, 0x1a0a)) },
      { fingerprint = '771,14922-6666,,,' })

-- records
check(parse, '', 'incomplete')
check(parse, full:sub(1, -2), 'incomplete')
check(parse, 'GET / HTTP/1.1\r\n\r\n', 'not a TLS handshake record')
check(parse, '\x80\x2e\1\3\1', 'not a TLS handshake record')
check(parse, '\23\3\3\0\1a', 'not a TLS handshake record')
check(parse, '\22\2\0\0\1a', 'unknown version of a record')
check(parse, '\22\3\1\0\0', 'malformed record length')
check(parse, '\22\3\1\64\1', 'malformed record length')
check(parse, record(body:sub(1, 9)) .. '\21\3\1\0\2\1\0', 'not a TLS handshake record')
check(parse, record '\2\0\0\0', 'not a ClientHello')
check(parse, record '\2', 'not a ClientHello')
check(parse, record '\1\0\64\0', 'the ClientHello is too long')
check(parse, record '\1\0\63\xfd', 'the ClientHello is too long')
check(parse, record '\1\0\63\xfc', 'incomplete')
check(parse, record(body .. '\0'), 'bytes after the ClientHello')
check(parse, record(body .. body), 'bytes after the ClientHello')

-- the message
for _, text in ipairs { '', '\3', '\3\3' .. RANDOM, '\3\3' .. RANDOM .. '\1',
			'\3\3' .. RANDOM .. '\33' .. RANDOM .. 'r' .. CIPHERS .. '\1\0' } do
	check(parse, record(message(text)), 'malformed ClientHello')
end
for _, ciphers in ipairs { '', '\0', '\0\0', '\0\1a', '\0\3abc', '\0\4ab' } do
	check(parse, record(message('\3\3' .. RANDOM .. '\0' .. ciphers)),
	      'malformed cipher suites')
end
for _, methods in ipairs { '', '\0', '\2\0' } do
	check(parse, record(message('\3\3' .. RANDOM .. '\0' .. CIPHERS .. methods)),
	      'malformed compression methods')
end
for _, extensions in ipairs { '\0', '\0\1', '\0\0a', '\0\1a', '\0\4\0\0\0\1', '\0\5\0\23\0\0a',
			      '\xff\xff' } do
	check(parse, record(message(hello_of {} .. extensions)), 'malformed extensions')
end
check(parse, hello(extension(23, ''), extension(23, '')), 'an extension is there twice')
check(parse, hello(server_name 'a', server_name 'b'), 'an extension is there twice')

-- server_name
for _, name in ipairs { 'a', 'a.b', 'xn--a', 'a_b', ('a'):rep(63) .. '.com', '1.a' } do
	check(parse, hello(server_name(name)), { server_name = name })
end
for _, name in ipairs { '', '.', 'a.', '.a', 'a b', 'a\0b', 'a\xe4', '127.0.0.1', '::1', '[::1]',
			'a:443', ('a'):rep(256), 'a/b', '*.a' } do
	check(parse, hello(server_name(name)), 'malformed extension 0')
end
local name = '\0\0\1a'
for _, text in ipairs { '', '\0', '\0\0', name, pack('>s2', name .. name),
			pack('>s2', '\1' .. name:sub(2)), pack('>s2', name) .. 'a',
			pack('>s2', name:sub(1, 3)), '\0\9' .. name } do
	check(parse, hello(extension(0, text)), 'malformed extension 0')
end

-- the other extensions
for _, text in ipairs { '', '\0', '\0\0', '\0\1\0', '\0\3\0\1a', '\0\1a', '\0\9\1a' } do
	check(parse, hello(extension(16, text)), 'malformed extension 16')
end
for _, text in ipairs { '', '\0', '\0\0', '\0\1a', '\0\3abc', '\0\2ab\0', '\0\4ab' } do
	check(parse, hello(extension(10, text)), 'malformed extension 10')
end
for _, text in ipairs { '', '\0', '\2\0', '\1\0\0' } do
	check(parse, hello(extension(11, text)), 'malformed extension 11')
end
for _, text in ipairs { '', '\0', '\1a', '\3abc', '\4ab', '\2ab\0' } do
	check(parse, hello(extension(43, text)), 'malformed extension 43')
end

-- lists of at most 512 entries
local function many(count, format, bytes)
	return pack(format, bytes:rep(count))
end
equal('ciphers', #parse(parts { ciphers = many(512, '>s2', '\0\5') }).ciphers, 512)
equal('ciphers', (select(2, parse(parts { ciphers = many(513, '>s2', '\0\5') }))),
      'malformed cipher suites')
equal('names', #parse(hello(extension(16, many(512, '>s2', '\1a')))).alpn, 512)
equal('names', (select(2, parse(hello(extension(16, many(513, '>s2', '\1a')))))),
      'malformed extension 16')
local extensions = {}
for i = 1, 513 do extensions[i] = extension(1000 + i, '') end
equal('extensions', (select(2, parse(hello(table.unpack(extensions))))), 'too many extensions')
extensions[513] = nil
equal('extensions', #parse(hello(table.unpack(extensions))).extensions, 512)

check_random(parse, '\22\3\1', '\0\1\3\22', 100, 40)
-- every byte of a good one damaged
for i = 1, #full do
	for _, byte in ipairs { '\0', '\255', '\1' } do
		parse(full:sub(1, i - 1) .. byte .. full:sub(i + 1))
	end
end
done()
