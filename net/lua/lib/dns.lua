-- SPDX-License-Identifier: GPL-2.0-only
-- DNS over TCP: the header and the question of a message (RFC 1035, RFC 7766).

local byte, concat, format, gsub, lower, sub, unpack =
	string.byte, table.concat, string.format, string.gsub, string.lower, string.sub,
	string.unpack
local tostring, type = tostring, type
local _ENV = nil

local HEADER = 12
local LABEL = 63
local NAME = 255	-- bytes of a name, with the lengths of its labels

local dns = {}

local function escape(c)
	if c == '.' or c == '\\' then return '\\' .. c end
	return format('\\%03d', byte(c))
end

-- The name at position at, as text, and where it ends. It is the first one of its
-- message, so there is none that it could point to.
local function name_at(text, at)
	local labels, start = {}, at
	while true do
		local length = byte(text, at)
		if not length then return nil, 'the question is cut off' end
		if length == 0 then break end
		if length > LABEL then return nil, 'compressed or unknown label' end
		if at + length + 1 - start >= NAME then return nil, 'the name is too long' end
		if at + length > #text then return nil, 'the question is cut off' end
		local label = lower(sub(text, at + 1, at + length))
		labels[#labels + 1] = gsub(label, '[\0- .\\\127-\255]', escape)
		at = at + length + 1
	end
	return labels[1] and concat(labels, '.') or '.', at + 1
end

local function question_at(text, at)
	local name, stop = name_at(text, at)
	if not name then return nil, stop end
	if stop + 3 > #text then return nil, 'the question is cut off' end
	local kind, class = unpack('>I2I2', text, stop)
	return { name = name, type = kind, class = class }
end

-- The message that data begins with
function dns.message(data)
	local start = data
	if type(data) ~= 'string' then start = tostring(data:segment(0, 2)) end
	if #start < 2 then return nil, 'incomplete', 2 - #start end
	local size = unpack('>I2', start)
	if size < HEADER then return nil, 'the message is too short' end
	if #data < size + 2 then return nil, 'incomplete', size + 2 - #data end

	local text
	if type(data) == 'string' then
		text = sub(data, 3, size + 2)
	else
		text = tostring(data:segment(2, size))
	end
	local id, flags, questions, answers, authorities, additional =
		unpack('>I2I2I2I2I2I2', text)
	local message = {
		id = id,
		response = flags & 0x8000 ~= 0,
		opcode = flags >> 11 & 15,
		authoritative = flags & 0x400 ~= 0,
		truncated = flags & 0x200 ~= 0,
		recursion_desired = flags & 0x100 ~= 0,
		recursion_available = flags & 0x80 ~= 0,
		rcode = flags & 15,
		answers = answers,
		authorities = authorities,
		additional = additional,
		length = size + 2,
	}
	if questions > 1 then return nil, 'more than one question' end	-- RFC 9619
	if questions == 1 then
		local question, why = question_at(text, HEADER + 1)
		if not question then return nil, why end
		message.question = question
	end
	return message
end

return dns
