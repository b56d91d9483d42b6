-- SPDX-License-Identifier: GPL-2.0-only
-- Redis commands: arrays of bulk strings, and inline commands.

local find, match, sub, upper = string.find, string.match, string.sub, string.upper
local gmatch = string.gmatch
local min = math.min
local tonumber, tostring, type = tonumber, tostring, type
local _ENV = nil

local ARGS = 1024	-- of a command, with its name
local SIZE = 65536	-- bytes of a command
local NUMBER = 16	-- bytes of a line with a number
local INLINE = 1024	-- bytes of an inline command

local resp = {}

-- The line at position at, without its end, and where the next one begins.
local function line_at(text, at, limit)
	local stop = find(sub(text, at, at + limit), '\n', 1, true)
	local length = stop or #text + 1 - at
	if length > limit then return nil, 'the line is too long' end
	if not stop then return nil, 'incomplete' end
	if length < 2 or sub(text, at + stop - 2, at + stop - 1) ~= '\r\n' then
		return nil, 'the line does not end with CR LF'
	end
	return sub(text, at, at + stop - 3), at + stop
end

-- The number of a line that begins with the byte kind
local function number_at(text, at, kind)
	if at <= #text and sub(text, at, at) ~= kind then
		return nil, "'" .. kind .. "' expected"
	end
	local line, next_at = line_at(text, at, NUMBER)
	if not line then return nil, next_at end
	local digits = match(line, '^.(%d+)$')
	if not digits or find(digits, '^0.') then return nil, 'malformed number' end
	return tonumber(digits), next_at
end

-- The string at position at, where the next one begins, or how many bytes are missing.
local function bulk_at(text, at, size_max)
	local length, start = number_at(text, at, '$')
	if not length then return nil, start, 1 end
	local stop = start + length
	if stop + 1 > size_max then return nil, 'the command is too long' end
	local ending = sub(text, stop, stop + 1)
	if ending ~= sub('\r\n', 1, #ending) then
		return nil, 'no CR LF after a bulk string'
	end
	if #ending < 2 then return nil, 'incomplete', stop + 1 - #text end
	return sub(text, start, stop - 1), stop + 2
end

local function parse_array(text, args_max, size_max)
	local count, at = number_at(text, 1, '*')
	if not count then return nil, at, 1 end
	if count > args_max then return nil, 'too many arguments' end
	local args = {}
	for i = 1, count do
		local arg, next_at, missing = bulk_at(text, at, size_max)
		if not arg then return nil, next_at, missing end
		args[i], at = arg, next_at
	end
	return args, at - 1
end

-- The server knows quotes and escapes here. That is a second language, so they are
-- errors.
local function parse_inline(text, args_max, size_max)
	local line, next_at = line_at(text, 1, min(INLINE, size_max))
	if not line then return nil, next_at, 1 end
	if find(line, '[\0-\31\127"\'\\]') then
		return nil, 'quote, backslash or control character in an inline command'
	end
	local args = {}
	for arg in gmatch(line, '[^ ]+') do
		if #args == args_max then return nil, 'too many arguments' end
		args[#args + 1] = arg
	end
	return args, next_at - 1
end

-- The command that data begins with
function resp.command(data, limits)
	local args_max = limits and limits.args or ARGS
	local size_max = limits and limits.size or SIZE
	local text = data
	if type(data) ~= 'string' then text = tostring(data:segment(0, size_max + 1)) end
	if text == '' then return nil, 'incomplete', 1 end
	local parse = sub(text, 1, 1) == '*' and parse_array or parse_inline
	local args, length, missing = parse(text, args_max, size_max)
	if not args then
		return nil, length, length == 'incomplete' and missing or nil
	end
	return {
		name = upper(args[1] or ''),
		args = args,
		length = length,
	}
end

return resp
