-- SPDX-License-Identifier: GPL-2.0-only
-- TLS: the ClientHello that a connection begins with (RFC 8446, section 4.1.2).

local byte, concat, find, lower, sub, unpack =
	string.byte, table.concat, string.find, string.lower, string.sub, string.unpack
local tostring, type = tostring, type
local _ENV = nil

local RECORDS = 16	-- that the message may be split over
local RECORD = 16384	-- bytes of a record
local HELLO = 16384	-- bytes of the message
local LIST = 512	-- entries of a list
local SIZE = RECORDS * 5 + HELLO

local tls = {}

-- The contents of the record at position at, where it ends, and how long it says to be.
local function record_at(text, at)
	local kind, major = byte(text, at, at + 1)
	if kind and kind ~= 22 then return nil, 'not a TLS handshake record' end
	if major and major ~= 3 then return nil, 'unknown version of a record' end
	if #text < at + 4 then return nil, 'incomplete', at + 4 - #text end
	local length = unpack('>I2', text, at + 3)
	if length == 0 or length > RECORD then return nil, 'malformed record length' end
	return sub(text, at + 5, at + 4 + length), at + 4 + length
end

-- The ClientHello in the records, without its header, and where they end; or why not,
-- and how many bytes are missing at least.
local function message_of(text)
	local message, need, stop = '', nil, 0
	for _ = 1, RECORDS do
		local part, record_stop, missing = record_at(text, stop + 1)
		if not part then return nil, record_stop, missing end
		message, stop = message .. part, record_stop
		if message ~= '' and byte(message) ~= 1 then return nil, 'not a ClientHello' end
		need = #message >= 4 and 4 + unpack('>I3', message, 2) or 4
		if need > HELLO then return nil, 'the ClientHello is too long' end
		if #text < stop then return nil, 'incomplete', stop - #text end
		if #message > 4 and #message > need then
			return nil, 'bytes after the ClientHello'
		end
		if #message >= 4 and #message == need then return sub(message, 5), stop end
	end
	return nil, 'too many records'
end

-- The bytes of a vector whose length has so many bytes, and where the next one begins;
-- nothing if they are not all there.
local function vector_at(text, at, width)
	local start = at + width
	if start - 1 > #text then return nil end
	local next_at = start + unpack('>I' .. width, text, at)
	if next_at - 1 <= #text then return sub(text, start, next_at - 1), next_at end
end

-- The same for one that must be all of the text, and not empty
local function only_vector(text, width)
	local bytes, next_at = vector_at(text, 1, width)
	if bytes and bytes ~= '' and next_at == #text + 1 then return bytes end
end

-- The numbers, each of so many bytes; nothing if they do not fill the bytes, or are too
-- many.
local function numbers_of(bytes, width)
	if not bytes or bytes == '' or #bytes % width ~= 0 or #bytes > LIST * width then
		return nil
	end
	local numbers, form = {}, '>I' .. width
	for at = 1, #bytes, width do
		numbers[#numbers + 1] = (unpack(form, bytes, at))
	end
	return numbers
end

-- What is in an extension, by its number; nil if it is malformed
local parse = {}

-- server_name (RFC 6066, section 3)
parse[0] = function(hello, body)
	local list = only_vector(body, 2)
	local name = list and byte(list) == 0 and only_vector(sub(list, 2), 2)
	if not name or #name > 255 or not find(name, '^[%w_-][%w._-]*$') or
	   find(name, '%.$') or find(name, '^[%d.]+$') then
		return nil
	end
	hello.server_name = lower(name)
	return true
end

-- supported_groups (RFC 8446, section 4.2.7)
parse[10] = function(hello, body)
	hello.groups = numbers_of(only_vector(body, 2), 2)
	return hello.groups
end

-- ec_point_formats (RFC 8422, section 5.1.2)
parse[11] = function(hello, body)
	hello.point_formats = numbers_of(only_vector(body, 1), 1)
	return hello.point_formats
end

-- application_layer_protocol_negotiation (RFC 7301, section 3.1)
parse[16] = function(hello, body)
	local list, at, names = only_vector(body, 2), 1, {}
	while list and at <= #list do
		local name, next_at = vector_at(list, at, 1)
		if not name or name == '' or #names == LIST then return nil end
		names[#names + 1], at = name, next_at
	end
	hello.alpn = names
	return list
end

-- supported_versions (RFC 8446, section 4.2.1)
parse[43] = function(hello, body)
	hello.versions = numbers_of(only_vector(body, 1), 2)
	return hello.versions
end

-- Values that only test whether servers ignore them (RFC 8701)
local function is_grease(n)
	return n & 0x0f0f == 0x0a0a and n >> 8 == n & 0xff
end

local function joined(numbers)
	local kept = {}
	for i = 1, #numbers do
		local n = numbers[i]
		if not is_grease(n) then kept[#kept + 1] = n end
	end
	return concat(kept, '-')
end

local function parse_extensions(hello, text)
	local at, seen = 1, {}
	while at <= #text do
		local body, next_at = vector_at(text, at + 2, 2)
		if not body then return 'malformed extensions' end
		local number = unpack('>I2', text, at)
		if seen[number] then return 'an extension is there twice' end
		if #hello.extensions == LIST then return 'too many extensions' end
		seen[number] = true
		hello.extensions[#hello.extensions + 1] = number
		if parse[number] and not parse[number](hello, body) then
			return 'malformed extension ' .. number
		end
		at = next_at
	end
end

local function parse_hello(text)
	local session, at, bytes
	session, at = vector_at(text, 35, 1)
	if not session or #session > 32 then return nil, 'malformed ClientHello' end
	bytes, at = vector_at(text, at, 2)
	local ciphers = numbers_of(bytes, 2)
	if not ciphers then return nil, 'malformed cipher suites' end
	bytes, at = vector_at(text, at, 1)
	if not bytes or bytes == '' then return nil, 'malformed compression methods' end

	local version = unpack('>I2', text)
	local hello = {
		version = version,
		versions = { version },
		ciphers = ciphers,
		extensions = {},
		alpn = {},
		groups = {},
		point_formats = {},
	}
	if at > #text then return hello end
	bytes, at = vector_at(text, at, 2)
	if not bytes or at ~= #text + 1 then return nil, 'malformed extensions' end
	local why = parse_extensions(hello, bytes)
	if why then return nil, why end
	return hello
end

-- The ClientHello that data begins with
function tls.hello(data)
	local text = data
	if type(data) ~= 'string' then text = tostring(data:segment(0, SIZE)) end
	local message, stop, missing = message_of(text)
	if not message then return nil, stop, missing end
	local hello, why = parse_hello(message)
	if not hello then return nil, why end
	hello.length = stop
	hello.fingerprint = concat({
		hello.version,
		joined(hello.ciphers),
		joined(hello.extensions),
		joined(hello.groups),
		concat(hello.point_formats, '-'),
	}, ',')
	return hello
end

return tls
