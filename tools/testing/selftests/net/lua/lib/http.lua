-- SPDX-License-Identifier: GPL-2.0
-- http: heads of requests, bodies, and hooks that follow a connection

local skipped
function pass(n) skipped = n end	-- the library takes ours
local http = require 'http'

local parse = http.request
local function small(text) return parse(text, { line = 20, fields = 3, head = 50 }) end

-- A request with these lines behind the first
local function with(...)
	return 'GET / HTTP/1.1\r\n' .. table.concat({ ... }, '\r\n') .. '\r\n\r\n'
end

check(parse, 'GET /a?b HTTP/1.1\r\nHost: example.com\r\n\r\n', {
	method = 'GET', target = '/a?b', path = '/a', version = '1.1', body = 0,
	host = 'example.com', headers = { host = 'example.com' },
	fields = { { name = 'Host', value = 'example.com' } },
})
check(parse, 'GET / HTTP/1.0\r\n\r\n', { version = '1.0', headers = {}, fields = {} })
check(parse, '\r\nGET / HTTP/1.0\r\n\r\n', { method = 'GET' })
check(parse, '\r\n\r\nGET / HTTP/1.0\r\n\r\n', 'malformed request line')
equal('no host', parse('GET / HTTP/1.0\r\n\r\n').host, nil)
check(parse, with('HOST:A.b:80', 'x-Y:  v w\t ', 'Empty:', 'Tab:\ta\tb'), {
	host = 'a.b',
	headers = { host = 'A.b:80', ['x-y'] = 'v w', empty = '', tab = 'a\tb' },
})
check(parse, with('Host: h', 'A: 1', 'B: 2', 'a:', 'A: 3', 'Z: \xe4'), {
	headers = { host = 'h', a = '1, , 3', b = '2', z = '\xe4' },
})
check(parse, with('Host: h') .. 'body', { length = 27 })

-- the request line
for _, line in ipairs { 'GET  / HTTP/1.1', 'GET /  HTTP/1.1', ' GET / HTTP/1.1', 'GET /',
			'GET / HTTP/1.1 ', 'GET\t/ HTTP/1.1', 'GET / http/1.1', 'GET / HTTP/1',
			'GET / HTTP/11', 'GET HTTP/1.1', 'GET / / HTTP/1.1', 'GET / HTTP/1.1\r',
			'' } do
	check(parse, line .. '\r\nHost: h\r\n\r\n', 'malformed request line')
end
for _, method in ipairs { 'G@T', 'GET\0', '(', 'G\xe4' } do
	check(parse, method .. ' / HTTP/1.1\r\nHost: h\r\n\r\n', 'malformed method')
end
for _, version in ipairs { '0.9', '1.2', '2.0', '9.9' } do
	check(parse, 'GET / HTTP/' .. version .. '\r\nHost: h\r\n\r\n', 'unsupported version')
end
check(parse, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'malformed target')
check(parse, 'GET / HTTP/1.1\nHost: h\n\n', 'the line does not end with CR LF')
check(parse, '\n', 'the line does not end with CR LF')

-- the target
local function target(method, text)
	return method .. ' ' .. text .. ' HTTP/1.1\r\nHost: h\r\n\r\n'
end
for _, text in ipairs { '/', '/%41%7e', "/a-b._~!$&'()*+,;=:@/c", '/?', '/a?b?/c', '//a' } do
	check(parse, target('GET', text), { target = text, path = text:match '^[^?]*' })
end
for _, text in ipairs { '*', 'a', 'h:80', '/a#b', '/%', '/%4', '/%4g', '/\\', '/"', '/<', '/|',
			'/{', '/\0', '/\127', '/\xe4', '/[', '?a', 'http:/h', 'http:///',
			'http://h', 'http://h/\t' } do
	check(parse, target('GET', text),
	      text == 'http://h' and { path = '/', target = text } or 'malformed target')
end
check(parse, target('OPTIONS', '*'), { path = '' })
check(parse, target('GET', 'http://H/a?b'), { path = '/a', host = 'h' })
check(parse, target('GET', 'http://h?b'), { path = '/', host = 'h' })
check(parse, target('GET', 'http://i/'), 'Host is not that of the target')
check(parse, target('GET', 'http://u@h/'), 'Host is not that of the target')
check(parse, 'GET http://u@h/ HTTP/1.0\r\n\r\n', 'malformed Host')
check(parse, 'GET http://h:1/ HTTP/1.0\r\n\r\n', { host = 'h' })
check(parse, 'CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n', { path = '', host = 'h' })
check(parse, target('CONNECT', 'h:443'), 'Host is not that of the target')
for _, text in ipairs { '/', '*', 'h', ':80', 'h:', 'http://h/' } do
	check(parse, target('CONNECT', text), 'malformed target')
end

-- Host
check(parse, with('A: b'), 'no Host')
check(parse, with('Host: h', 'Host: h'), 'more than one host')
check(parse, 'GET / HTTP/1.0\r\nHost: h\r\nhost: h\r\n\r\n', 'more than one host')
for _, host in ipairs { 'a b', 'a,b:c', 'a/b', 'h:80x', 'h:80:80', '[::1', '::1', '[g]',
			'u@h', 'a%62', 'h\xe4', '[::1]80' } do
	check(parse, with('Host: ' .. host), 'malformed Host')
end
check(parse, with('Host: [::1]:80'), { host = '[::1]' })
check(parse, with('Host: ' .. ('a'):rep(255) .. ':65535'), { host = ('a'):rep(255) })
check(parse, with('Host: ' .. ('a'):rep(262)), 'malformed Host')
check(parse, with('Host:'), { host = '' })
check(parse, with('Host: h:'), { host = 'h' })

-- fields
for _, line in ipairs { 'A : b', 'A\t: b', ': b', 'A', 'A b: c', 'A@: b', '\0A: b', 'A\r: b',
			'A\xe4: b', '(A): b' } do
	check(parse, with('Host: h', line), 'malformed field name')
end
check(parse, with('Host: h', ('a'):rep(128) .. ': b'), { host = 'h' })
check(parse, with('Host: h', ('a'):rep(129) .. ': b'), 'malformed field name')
for _, line in ipairs { ' b', '\tb', ' ', ' B: c' } do
	check(parse, with('Host: h', 'A: a', line), 'folded field')
	check(parse, with(line, 'Host: h'), 'folded field')
end
for _, value in ipairs { 'a\0', 'a\rb', '\r', 'a\127', '\1', 'a\11b', 'a\rSet-Cookie: b' } do
	check(parse, with('Host: h', 'A: ' .. value), 'control character in a field value')
end
check(parse, with('Host: h', 'A: a\nB: b'), 'the line does not end with CR LF')
check(parse, with('Host: h\n'), 'the line does not end with CR LF')

-- how the body is framed
for length, value in pairs { ['0'] = 0, ['5'] = 5, ['007'] = 7, ['999999999999999999'] =
			     999999999999999999 } do
	check(parse, with('Host: h', 'Content-Length: ' .. length), { body = value })
end
for _, length in ipairs { '', '-1', '+1', '1.0', '0x1', '1 1', '1,1', '1, 1', 'a', '1a',
			  ('9'):rep(19) } do
	check(parse, with('Host: h', 'Content-Length: ' .. length), 'malformed Content-Length')
end
check(parse, with('Host: h', 'Content-Length: 1', 'content-length: 1'),
      'more than one content-length')
check(parse, with('Host: h', 'Content-Length: 1', 'Content-Length: 2'),
      'more than one content-length')
check(parse, with('Host: h', 'Transfer-Encoding: chunked'), { body = 'chunked' })
check(parse, with('Host: h', 'transfer-encoding: CHUNKED'), { body = 'chunked' })
for _, coding in ipairs { '', 'gzip', 'gzip, chunked', 'chunked, chunked', 'chunked, identity',
			  'xchunked', 'chunked;a=b', '"chunked"', 'identity' } do
	check(parse, with('Host: h', 'Transfer-Encoding: ' .. coding),
	      'unknown transfer coding')
end
check(parse, with('Host: h', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
      'more than one transfer-encoding')
check(parse, with('Host: h', 'Transfer-Encoding: chunked', 'Content-Length: 3'),
      'Content-Length and Transfer-Encoding')
check(parse, with('Host: h', 'Content-Length: 3', 'Transfer-Encoding: identity'),
      'Content-Length and Transfer-Encoding')
check(parse, 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n',
      'Transfer-Encoding in HTTP/1.0')
check(parse, with('Host: h', 'Transfer-Encoding : chunked'), 'malformed field name')
check(parse, with('Host: h', 'Transfer-Encoding:\11chunked'),
      'control character in a field value')

-- limits
check(small, 'GET / HTTP/1.0\r\nA: ' .. ('a'):rep(15) .. '\r\n\r\n', { method = 'GET' })
check(small, 'GET / HTTP/1.0\r\nA: ' .. ('a'):rep(16) .. '\r\n\r\n', 'the line is too long')
check(small, 'GET /aaaa HTTP/1.0\r\n\r\n', { path = '/aaaa' })
check(small, 'GET /aaaaa HTTP/1.0\r\n\r\n', 'the line is too long')
check(small, 'GET / HTTP/1.0\r\nA:\r\nB:\r\nC:\r\n\r\n', { method = 'GET' })
check(small, 'GET / HTTP/1.0\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n', 'too many fields')
check(small, 'GET / HTTP/1.0\r\nA: aaaaaaaaaaaa\r\nB: bbbbbbb\r\n\r\n', { length = 47 })
check(small, 'GET / HTTP/1.0\r\nA: aaaaaaaaaaaa\r\nB: bbbbbbbbbb\r\n\r\n', { length = 50 })
check(small, 'GET / HTTP/1.0\r\nA: aaaaaaaaaaaa\r\nB: bbbbbbbbbbb\r\n\r\n',
      'the head is too long')
check(parse, with('Host: h', 'A: ' .. ('a'):rep(1100)), { host = 'h' })
equal('endless line', (select(2, parse(('a'):rep(100000)))), 'the line is too long')
equal('endless head', (select(2, parse(with('Host: h', ('A: ' .. ('a'):rep(4000) ..
	'\r\n'):rep(20))))), 'the head is too long')
equal('many fields', (select(2, parse(with('Host: h', ('A:\r\n'):rep(100000))))),
      'too many fields')

-- bodies: how many bytes of them are in a text, however it is cut
local function body_of(kind, text, size)
	local body, at, ended = http.body { body = kind }, 1, nil
	local seen = 0
	while not ended and seen < #text do
		seen = math.min(#text, math.max(seen, at - 1) + size)
		local n, last = body(text:sub(at, seen))
		if not n then return last end
		at, ended = at + n, last
	end
	return ended and at - 1 or 'incomplete'
end

local function check_body(kind, text, wanted)
	for size = 1, #text do
		equal(('%q in parts of %d'):format(text, size), body_of(kind, text, size), wanted)
	end
end

check_body('chunked', '0\r\n\r\n', 5)
check_body('chunked', '3\r\nabc\r\n0\r\n\r\n', 13)
check_body('chunked', '3\r\nabc\r\n0\r\n\r\nGET', 13)
check_body('chunked', 'a;b="c"\r\n0\r\n\r\n12345\r\n00\r\nA: b\r\nC:\r\n\r\n', 37)
check_body('chunked', '0003\r\nabc\r\n0\r\n\r\n', 16)
check_body('chunked', '3\r\nabc\r\n', 'incomplete')
check_body('chunked', '3\r\nabcd\r\n0\r\n\r\n', 'no CR LF after a chunk')
check_body('chunked', '3\r\nabc\n0\r\n\r\n', 'no CR LF after a chunk')
check_body('chunked', '3\r\nabc\r0\r\n\r\n', 'no CR LF after a chunk')
check_body('chunked', '3\nabc\r\n0\r\n\r\n', 'the line does not end with CR LF')
for _, size in ipairs { '', ' 3', '3 ', '+3', '-3', '0x3', 'g', '3 ;a', '3;\0', '3;a\rb',
			('0'):rep(16), ('f'):rep(16) } do
	check_body('chunked', size .. '\r\nabc', 'malformed chunk size')
end
check_body('chunked', ('0'):rep(300), 'the line is too long')
check_body('chunked', '0\r\n A: b\r\n\r\n', 'folded field')
check_body('chunked', '0\r\nA\r\n\r\n', 'malformed field name')
check_body('chunked', '0\r\nContent-Length: 3\r\n\r\n', 'framing field in the trailer')
check_body('chunked', '0\r\nTransfer-Encoding: chunked\r\n\r\n', 'framing field in the trailer')
check_body('chunked', '0\r\n' .. ('A:\r\n'):rep(101) .. '\r\n', 'too many fields')
check_body(3, 'abcGET', 3)
check_body(3, 'abc', 3)
equal('an endless chunk', (http.body { body = 'chunked' } 'fffffffffffffff\r\n'),
      0xfffffffffffffff + 17)

-- A connection: what a hook says of a stream that arrives in parts of a size. Returns the
-- number of bytes that it passes, and why it refuses.
local function flow(hook, text, size)
	local arrived, passed = 0, 0
	skipped = 0
	while arrived < #text do
		arrived = math.min(#text, arrived + size)
		local n
		repeat
			n = math.min(skipped, arrived - passed)
			passed, skipped = passed + n, skipped - n
			if passed == arrived then break end
			local verdict
			verdict, n = hook(data.new(text:sub(passed + 1, arrived)))
			if not verdict then return passed, n end
			passed = passed + n
		until n == 0
	end
	return passed
end

-- What is judged, what is passed and why the rest is not, however the stream is cut
local function check_flow(text, judged, passed, reason)
	for size = 1, #text do
		local seen = {}
		local hook = http.filter(function(request)
			seen[#seen + 1] = request.target
			return request.target ~= '/no', 'no'
		end)
		local n, why = flow(hook, text, size)
		local what = ('%q in parts of %d'):format(text, size)
		equal(what, seen, judged)
		equal(what, { n, why }, { passed, reason })
	end
end

local function post(path, ...)
	return ('POST %s HTTP/1.1\r\nHost: h\r\n%s\r\n\r\n'):format(path, table.concat({ ... }, '\r\n'))
end
local get = 'GET /a HTTP/1.0\r\n\r\n'
local sized = post('/b', 'Content-Length: 19')
local chunked = post('/c', 'Transfer-Encoding: chunked')
local stream = get .. get .. sized .. get .. chunked .. '13\r\n' .. get .. '\r\n1\r\nx\r\n0\r\n\r\n' ..
	get .. sized .. ('x'):rep(19) .. get
check_flow(stream, { '/a', '/a', '/b', '/c', '/a', '/b', '/a' }, #stream)
local no = 'GET /no HTTP/1.0\r\n\r\n'
check_flow(get .. no .. get, { '/a', '/no' }, #get, 'no')
check_flow(sized .. no:sub(1, 19) .. no .. get, { '/b', '/no' }, #sized + 19, 'no')
check_flow(chunked .. '5\r\nabcde\r\n0\r\n\r\n' .. no, { '/c', '/no' }, #chunked + 15, 'no')
check_flow(sized:gsub('19', '5') .. 'abcde' .. 'GET / HTTP/1.1\n', { '/b' }, #sized + 4,
	   'the line does not end with CR LF')
equal('a bad chunk', { flow(http.filter(function() return true end),
			    chunked .. '3\r\nabcd', 100) },
      { #chunked, 'no CR LF after a chunk' })

local hook = http.filter(function() return true end)
equal('a beginning', { hook(data.new(with('Host: h'):sub(1, -2))) }, { true, 0 })
equal('other data, which is shorter', { hook(data.new(get)) }, { true, #get })
equal('authority', parse(target('GET', 'http://h/')).authority, nil)
equal('an endless line', { flow(http.filter(error), ('a'):rep(20000), 100) },
      { 0, 'the line is too long' })
equal('an endless head', { flow(http.filter(error), with('Host: h', ('A: ' .. ('a'):rep(4000) ..
	'\r\n'):rep(20)), 100) }, { 0, 'the head is too long' })

check_random(parse, 'GET / HTTP/1.0\r\n', 'aA: \r\n\t0', 100, 30)
for size = 1, 9 do
	body_of('chunked', ('1\r\na\r\n'):rep(1000) .. '0\r\n\r\n', size * 100)
end
done()
