-- SPDX-License-Identifier: GPL-2.0-only
-- SSH: the identification string (RFC 4253, section 4.2).

local find, match, sub = string.find, string.match, string.sub
local tostring, type = tostring, type
local _ENV = nil

local LINE = 255	-- bytes of the string, and of a line before it, CR and LF included
local LINES = 50	-- that a server may send before it

local ssh = {}

-- The line at position at, without its end, and where the next one begins.
local function line_at(text, at)
	local stop = find(sub(text, at, at + LINE), '\n', 1, true)
	local length = stop or #text + 1 - at
	if length > LINE then return nil, 'the line is too long' end
	if not stop then return nil, 'incomplete', 1 end
	if length < 2 or sub(text, at + stop - 2, at + stop - 1) ~= '\r\n' then
		return nil, 'the line does not end with CR LF'
	end
	return sub(text, at, at + stop - 3), at + stop
end

local function parse(line)
	if find(line, '%c') then
		return nil, 'control character in the identification string'
	end
	local version, software, rest =
		match(line, '^SSH%-([!-,.-~]+)%-([!-,.-~]+)(.*)$')
	if not version or find(rest, '^[^ ]') then
		return nil, 'malformed identification string'
	end
	return {
		version = version,
		software = software,
		comments = rest ~= '' and sub(rest, 2) or nil,
	}
end

-- A server may send lines before its string.
function ssh.identification(data, server)
	local text = data
	if type(data) ~= 'string' then
		text = tostring(data:segment(0, server and LINE * (LINES + 1) or LINE + 1))
	end
	local at, before = 1, {}
	while true do
		local start = sub(text, at, at + 3)
		local is_string = start == sub('SSH-', 1, #start)
		if not is_string and not server then
			return nil, 'not an SSH identification string'
		end
		local line, next_at, missing = line_at(text, at)
		if not line then return nil, next_at, missing end
		if is_string then
			local id, why = parse(line)
			if not id then return nil, why end
			id.before, id.length = before, next_at - 1
			return id
		end
		if #before == LINES then return nil, 'too many lines before the string' end
		before[#before + 1], at = line, next_at
	end
end

return ssh
