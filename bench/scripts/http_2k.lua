-- samples/lua/http_check.lua without its comments: a script of 2 KiB
local MAX_HEAD = 8192
local METHODS = { GET = true, HEAD = true, POST = true }
local VERSIONS = { ['1.0'] = true, ['1.1'] = true }
local ONCE = { ['host'] = true, ['content-length'] = true }
local HEAD = '^(%a+) ([!-~]+) HTTP/(%d%.%d)\r\n(.*)\r\n$'
local FIELD = "^([%w!#$%%&'*+.^_`|~-]+):(.*)$"
local body = 0
local function read_fields(lines)
	local fields = {}
	for line in lines:gmatch('(.-)\r\n') do
		local name, value = line:match(FIELD)
		if not name then return nil, 'malformed field "' .. line:match('^[^:]*') .. '"' end
		if not value:find('^[\t%C]*$') then return nil, 'control character in ' .. name end
		name = name:lower()
		if ONCE[name] and fields[name] then return nil, 'more than one ' .. name end
		fields[name] = value
	end
	return fields
end
local function check(head)
	local method, target, version, lines = head:match(HEAD)
	if not method then return nil, 'malformed request line' end
	if not METHODS[method] then return nil, 'forbidden method ' .. method end
	if not VERSIONS[version] then return nil, 'unknown version ' .. version end
	if target:find('%%[01]%x') then return nil, 'encoded control character in the target' end
	local fields, wrong = read_fields(lines)
	if not fields then return nil, wrong end
	if version == '1.1' and not fields['host'] then return nil, 'no host' end
	if fields['transfer-encoding'] then return nil, 'forbidden transfer-encoding' end
	local length = fields['content-length'] or '0'
	local digits = length:match('^[ \t]*(%d+)[ \t]*$')
	if not digits or #digits > 15 then return nil, 'malformed content-length' end
	return tonumber(digits)
end
function process(data, size)
	local pos = 0
	while true do
		local n = math.min(body, size - pos)
		pos, body = pos + n, body - n
		if pos == size then return true end
		local text = tostring(data:segment(pos, MAX_HEAD))
		local _, stop = text:find('\r\n\r\n', 1, true)
		if not stop then
			if text:find('[^\r]\n') then return false, 'LF without CR' end
			if #text == MAX_HEAD then return false, 'head too long' end
			return true, pos
		end
		local length, wrong = check(text:sub(1, stop))
		if not length then return false, wrong end
		pos, body = pos + stop, length
	end
end
