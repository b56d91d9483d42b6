-- SPDX-License-Identifier: GPL-2.0-only
-- HTTP/1.0 and HTTP/1.1: requests as RFC 9112 and RFC 9110 have them. What a server
-- may read in two ways is an error.

local byte, find, gsub, lower, match, reverse, sub = string.byte, string.find, string.gsub,
	string.lower, string.match, string.reverse, string.sub
local concat, min, pass = table.concat, math.min, pass
local pairs, tonumber, tostring, type = pairs, tonumber, tostring, type
local _ENV = nil

local LINE = 8192	-- bytes of a line, with its end
local FIELDS = 100
local HEAD = 32768	-- bytes of a head
local NAME = 128	-- bytes of a field's name
local HOST = 261	-- bytes of a name, a colon and a port
local SMALL = 1024	-- bytes that most heads fit into
local CHUNK = 256	-- bytes of the line before a chunk

local http = {}

-- The first n bytes
local function text_of(data, n)
	if type(data) == 'string' then return sub(data, 1, n) end
	return tostring(data:segment(0, n))
end

-- The line at position at, without its end, and where the next one begins. Most lines
-- are short: a search is charged for all that it may look at.
local function line_at(text, at, limit)
	local stop = find(sub(text, at, at + 127), '\n', 1, true) or
		find(sub(text, at, at + limit), '\n', 1, true)
	local length = stop or #text + 1 - at
	if length > limit then return nil, 'the line is too long' end
	if not stop then return nil, 'incomplete' end
	if length < 2 or sub(text, at + stop - 2, at + stop - 1) ~= '\r\n' then
		return nil, 'the line does not end with CR LF'
	end
	return sub(text, at, at + stop - 3), at + stop
end

-- A search in few characters, for the usual, is cheaper than one in many.
local function is_token(text)
	return find(text, '^[%w-]+$') or find(text, "^[%w!#$%%&'*+%-.^_`|~]+$")
end

local function parse_field(line)
	if find(line, '^[ \t]') then return nil, 'folded field' end
	local colon = find(line, ':', 1, true)
	local name = colon and colon <= NAME + 1 and sub(line, 1, colon - 1) or ''
	if not is_token(name) then return nil, 'malformed field name' end
	local value = sub(line, match(line, '^[ \t]*()', colon + 1))
	if find(value, '%c') and find(gsub(value, '\t', ''), '%c') then
		return nil, 'control character in a field value'
	end
	local last = byte(value, -1)
	if last == 0x20 or last == 0x09 then
		value = sub(value, 1, -1 - #match(reverse(value), '^[ \t]*'))
	end
	return name, value
end

-- The host of host [":" port] (RFC 3986), in lower case
local function parse_authority(text)
	if #text > HOST then return nil end
	local host = match(text, '^(.-):%d*$') or text
	if find(host, '^[%w.-]*$') or find(host, "^[%w%-._~!$&'()*+,;=]*$") or
	   find(host, '^%[[%x:.]+%]$') then
		return lower(host)
	end
end

-- What the target is (RFC 9112, 3.2): returns the path, and an authority
local function parse_target(method, target)
	if find(target, '[^%w%p]') or find(target, '["#<>\\^`{|}]') or
	   find(target .. ' ', '%%%x?%X') then
		return nil
	end
	if method == 'CONNECT' then
		return find(target, '^[^:].*:%d+$') and '', target
	end
	if target == '*' then return method == 'OPTIONS' and '' end
	local authority, rest = match(target, '^%a[%w+%-.]*://([^/?]+)(.*)$')
	local path = match(rest or target, '^[^?]*')
	if authority and path == '' then path = '/' end
	if find(path, '^/[^%[%]]*$') then return path, authority end
end

local function parse_request_line(line)
	local method, target, version = match(line, '^([^ ]+) ([^ ]+) HTTP/(%d%.%d)$')
	if not method then return nil, 'malformed request line' end
	if not is_token(method) then return nil, 'malformed method' end
	local path, authority = parse_target(method, target)
	if not path then return nil, 'malformed target' end
	if version ~= '1.1' and version ~= '1.0' then return nil, 'unsupported version' end
	return {
		method = method,
		target = target,
		version = version,
		path = path,
		authority = authority,
		fields = {},
		headers = {},
	}
end

-- Adds a field to those that the request has; all of one name become a list.
local function add_field(request, repeated, name, value)
	local key, headers = lower(name), request.headers
	request.fields[#request.fields + 1] = { name = name, value = value }
	if not headers[key] then
		headers[key] = value
	elseif repeated[key] then
		repeated[key][#repeated[key] + 1] = value
	else
		repeated[key] = { headers[key], value }
	end
end

local once = { 'host', 'content-length', 'transfer-encoding' }

-- What is wrong with the fields of a whole head, if something is
local function check_host(request)
	local host, authority = request.headers.host, request.authority
	if not host and request.version == '1.1' then return 'no Host' end
	if host and authority and lower(host) ~= lower(authority) then
		return 'Host is not that of the target'
	end
	host, request.authority = host or authority, nil
	request.host = host and parse_authority(host)
	if host and not request.host then return 'malformed Host' end
end

-- How the body is framed (RFC 9112, 6.3)
local function check_body(request)
	local length = request.headers['content-length']
	local coding = request.headers['transfer-encoding']
	request.body = 0
	if coding then
		if length then return 'Content-Length and Transfer-Encoding' end
		if request.version ~= '1.1' then return 'Transfer-Encoding in HTTP/1.0' end
		if lower(coding) ~= 'chunked' then return 'unknown transfer coding' end
		request.body = 'chunked'
	elseif length then
		if not find(length, '^%d+$') or #length > 18 then
			return 'malformed Content-Length'
		end
		request.body = tonumber(length)
	end
end

local function check_fields(request, repeated)
	for i = 1, #once do
		if repeated[once[i]] then return 'more than one ' .. once[i] end
	end
	return check_host(request) or check_body(request)
end

local function parse_head(text, line_max, fields_max, head_max)
	local at = sub(text, 1, 2) == '\r\n' and 3 or 1		-- RFC 9112, 2.2
	local request, repeated, why = nil, {}, nil
	while true do
		local line, next_at = line_at(text, at, line_max)
		if next_at == 'incomplete' and #text > head_max then
			return nil, 'the head is too long'
		end
		if not line then return nil, next_at end
		at = next_at
		if not request then
			request, why = parse_request_line(line)
			if not request then return nil, why end
		elseif line == '' then
			break
		else
			local name, value = parse_field(line)
			if not name then return nil, value end
			if #request.fields == fields_max then return nil, 'too many fields' end
			add_field(request, repeated, name, value)
		end
	end
	if at - 1 > head_max then return nil, 'the head is too long' end
	why = check_fields(request, repeated)
	if why then return nil, why end
	for key, values in pairs(repeated) do
		request.headers[key] = concat(values, ', ')
	end
	request.length = at - 1
	return request
end

-- The head of the request that data begins with
function http.request(data, limits)
	local line_max = limits and limits.line or LINE
	local fields_max = limits and limits.fields or FIELDS
	local head_max = limits and limits.head or HEAD
	local text = text_of(data, min(SMALL, head_max + 1))
	local request, why = parse_head(text, line_max, fields_max, head_max)
	if why == 'incomplete' and #data > #text then
		text = text_of(data, head_max + 1)
		request, why = parse_head(text, line_max, fields_max, head_max)
	end
	return request, why, why == 'incomplete' and 1 or nil
end

local framing = { ['content-length'] = true, ['transfer-encoding'] = true, host = true }

-- The chunks of a body, and the fields behind them (RFC 9112, 7.1)
local function chunks()
	local inside, trailer, fields = false, false, 0

	-- Returns the size of the chunk whose line this is, 0 for other lines, or nil; and
	-- whether it was the last one.
	local function take(line)
		if trailer then
			if line == '' then return 0, true end
			local name, value = parse_field(line)
			fields = fields + 1
			if not name then return nil, value end
			if framing[lower(name)] then return nil, 'framing field in the trailer' end
			if fields > FIELDS then return nil, 'too many fields' end
			return 0
		end
		local size = match(line, '^(%x+)$') or match(line, '^(%x+);[^\0-\8\10-\31\127]*$')
		if not size or #size > 15 then return nil, 'malformed chunk size' end
		size = tonumber(size, 16)
		trailer = size == 0
		inside = not trailer
		return size
	end

	return function(data)
		local text, at = text_of(data, LINE + 1), 1
		while at <= #text do
			if inside then
				local stop = sub(text, at, at + 1)
				if stop == '\r' then break end
				if stop ~= '\r\n' then return nil, 'no CR LF after a chunk' end
				inside, at = false, at + 2
			else
				local line, next_at = line_at(text, at, trailer and LINE or CHUNK)
				if not line and next_at == 'incomplete' then break end
				if not line then return nil, next_at end
				local size, ended = take(line)
				if not size then return nil, ended end
				at = next_at + size
				if ended then return at - 1, true end
			end
		end
		return at - 1, false
	end
end

-- A function that says how many bytes, from those at the beginning of data on,
-- belong to the request's body, and whether it ends with them.
function http.body(request)
	if request.body == 'chunked' then return chunks() end
	return function() return request.body, true end
end

-- Says whether a head, which grows, needs to be parsed again: it has a line more, or so
-- many bytes that a line may be too long. Who sends a byte at a time gains nothing.
local function watch()
	local seen, parsed = 0, 0
	return function(data)
		if seen > #data then seen, parsed = 0, 0 end	-- other data
		local new = tostring(data:segment(seen, HEAD))
		seen = #data
		if seen - parsed <= LINE and not find(new, '\n', 1, true) then return false end
		parsed = seen
		return true
	end
end

-- A hook that asks judge(request) about each request of a connection, and puts a string
-- that it gives in the place of the head
function http.filter(judge, limits)
	local body
	local worth = watch()

	local function head(data)
		if not worth(data) then return 0 end
		local request, why = http.request(data, limits)
		if why == 'incomplete' then return 0 end
		if not request then return nil, why end
		worth = watch()
		local allowed, what = judge(request)
		if not allowed then return nil, what end
		body = request.body ~= 0 and http.body(request) or nil
		return request.length, nil, what
	end

	return function(data)
		local n, last, instead
		if body then
			n, last = body(data)
			if n and last then body = nil end
		else
			n, last, instead = head(data)
		end
		if not n then return false, last end
		if type(instead) == 'string' then return true, n, instead end
		local now = min(n, #data)
		if n > now then pass(n - now) end
		return true, now
	end
end

return http
