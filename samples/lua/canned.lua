-- SPDX-License-Identifier: GPL-2.0
-- Answers from the kernel: GET /health is answered by the script, and the server never
-- learns of it. All other requests are the server's, and all that follow one: what the
-- server answers must come first.

local http = require 'http'

local ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\nok\n'

local asked = false -- the server

process = http.filter(function(request)
	if asked or request.method ~= 'GET' or request.path ~= '/health' or
	   request.body ~= 0 or request.version ~= '1.1' or request.headers.connection then
		asked = true
		return true
	end
	if sk:send(ANSWER) ~= #ANSWER then return false, 'the client does not read' end
	return true, ''
end)
