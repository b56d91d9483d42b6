-- SPDX-License-Identifier: GPL-2.0
-- Card numbers do not leave: of 13 to 19 digits, with blanks or hyphens in between or
-- not, that satisfy the check digit (ISO/IEC 7812-1, annex B), all but the last four
-- are sent as '*'. What could be the beginning of a number waits for the next write:
-- this is for protocols whose messages end with something else than a digit. Bodies
-- that are compressed or encrypted are not seen.
--
-- Hooks: send = redact

local MOST = 40		-- bytes of a number: 19 digits, and what is between them

local function is_card(digits)
	local sum, double = 0, false
	for i = #digits, 1, -1 do
		local d = digits:byte(i) - 48
		if double then d = d * 2 end
		sum, double = sum + d // 10 + d % 10, not double
	end
	return sum % 10 == 0
end

local function hidden(part, digits)
	local left = #digits - 4
	return (part:gsub('%d', function()
		left = left - 1
		if left >= 0 then return '*' end
	end))
end

-- Other numbers may stand beside a card's: it begins and ends with a group of digits.
local function hide(run)
	local out, at = {}, 1
	while at <= #run do
		local stop, digits, found = at, '', nil
		repeat
			local group, next_at = run:match('^(%d+)[ -]*()', stop)
			if not group then break end
			digits, stop = digits .. group, next_at
			if #digits >= 13 and #digits <= 19 and is_card(digits) then
				found = { stop, digits }
			end
		until #digits >= 19
		local next_at = found and found[1] or run:match('^%d+[ -]*()', at)
		local part = run:sub(at, next_at - 1)
		out[#out + 1] = found and hidden(part, found[2]) or part
		at = next_at
	end
	return table.concat(out)
end

-- How long what may be the beginning of a number is, at the end
local function open(text)
	return #(text:sub(-MOST):match('%f[%d]%d[%d -]*$') or '')
end

function redact(data)
	local text, ended = tostring(data), false
	local tail = open(text)
	while tail == #text and #text < MOST and not ended do
		ended = select(2, more())
		text = tostring(data)
		tail = ended and 0 or open(text)
	end
	local n = tail < #text and #text - tail or #text
	return true, n, (text:sub(1, n):gsub('%d[%d -]*', hide))
end
