-- patterns over a request
local request = 'GET /index.html?a=1&b=22 HTTP/1.1\r\nHost: example.org\r\n' ..
		'User-Agent: bench/1.0 (some; text)\r\nAccept: */*\r\n\r\n'
for _ = 1, 300 do
	local method, path = request:match('^(%u+) (%S+) HTTP/%d%.%d\r\n')
	local headers = 0
	for name, value in request:gmatch('([%w-]+):%s*([^\r]*)\r\n') do
		headers = headers + #name + #value
	end
	assert(method == 'GET' and path:find('?', 1, true) and headers == 56)
	assert(not request:find('<script', 1, true))
end
