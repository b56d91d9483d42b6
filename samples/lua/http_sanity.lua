-- SPDX-License-Identifier: GPL-2.0
-- The first kind of script that this was made for: is what has come an HTTP request
-- that is somewhat sane? A layout makes a string of the bytes, patterns look at it.
-- A request that comes in pieces is refused. http_check.lua is the strict one, which
-- follows a request over several reads.
--
-- After tests/process.lua of ulp-lua (P. Tammela, 2018), which runs here unchanged. That one
-- lets other methods than GET through, too, and gives no reason.

local data = require 'data'

local function target_of(text)
	return text:match('^GET (%g+) HTTP')
end

local function count_fields(text)
	local n = 0
	for _ in text:gmatch('(%g+):[ \t]*([^%c]+)') do n = n + 1 end
	return n
end

function process(buff)
	buff:layout{ str = { 0, #buff, 'string' } }
	local text = buff.str
	if text:find('\r\n', 1, true) and target_of(text) and count_fields(text) > 0 then
		return true
	end
	print('refused:', buff)
	return false, 'no sane request'
end
