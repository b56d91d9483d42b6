-- samples/lua/http_sanity.lua, the script of the thesis, where data may be a string
local function target_of(text)
	return text:match('^GET (%g+) HTTP')
end

local function count_fields(text)
	local n = 0
	for _ in text:gmatch('(%g+):[ \t]*([^%c]+)') do n = n + 1 end
	return n
end

function process(buff)
	local text = tostring(buff)
	if text:find('\r\n', 1, true) and target_of(text) and count_fields(text) > 0 then
		return true
	end
	return false, 'no sane request'
end
