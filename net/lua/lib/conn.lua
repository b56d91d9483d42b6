-- SPDX-License-Identifier: GPL-2.0-only
-- Handlers: one function judges a connection from the first byte to the last, and
-- waits, in a coroutine, while the application reads.
--
-- A hook answers for the bytes that it is shown, once a call. The function decides
-- when it likes. So its verdicts wait in a queue; the hook gives the kernel one a
-- call, and lets the function go on when there are none. All offsets are from the
-- first byte that the kernel has no verdict on, which is the first one of data:
--
--	0               decided          got                size
--	|  in the queue  |  held back  |  not received yet  |
--
-- Verdicts can be on bytes that have yet to come: decided, and with it got, is
-- beyond size then.

local error, resume, running = error, coroutine.resume, coroutine.running
local create, status, yield = coroutine.create, coroutine.status, coroutine.yield
local isyieldable, select, type = coroutine.isyieldable, select, type
local tostring, find, sub = tostring, string.find, string.sub
local max, min, setmetatable = math.max, math.min, setmetatable
local more, pass, drop = more, pass, drop
local _ENV = nil

local LINE = 65536	-- bytes of a line, unless the function says how many
local STEP = 512	-- of it, that are searched for its end at once
local WAIT = 1 << 30	-- that can be waited for
local FAR = 1 << 62	-- that can be decided on

local conn = {}
local methods = {}
local meta = { __index = methods, __metatable = 'conn' }

-- The bytes that the function has received, and not decided on
function meta.__len(c)
	return c.got - c.decided
end

-- Errors are those of who calls the method that calls these.
local function bad(arg, name, what)
	error("bad argument #" .. arg .. " to '" .. name .. "' (" .. what .. ')', 4)
end

local function check_type(arg, name, value, expected)
	if type(value) ~= expected then
		bad(arg, name, expected .. ' expected, got ' .. type(value))
	end
end

local function check_count(arg, name, n, least, most)
	if type(n) ~= 'number' then
		bad(arg, name, 'number expected, got ' .. type(n))
	elseif n < least or n > most then
		bad(arg, name, 'number of bytes out of range')
	end
end

local function check_open(c, name)
	if c.passed then
		error(name .. '() after pass(): all that follows is passed', 3)
	end
end

-- Whether there is something to wait for depends on the network: a function that
-- could not wait must not get away with it.
local function check_wait(c, name)
	if running() ~= c.thread or not isyieldable() then
		error(name .. '() cannot wait in a coroutine or a callback', 3)
	end
end

-- The n bytes at an offset, or those that there are
local function copy(c, from, n)
	return tostring(c.data:segment(from, n) or '')
end

-- Wait until n bytes are there to be received; false if the stream ends before.
local function wait(c, n)
	while n > 0 and c.size < c.got + n do
		if c.ended then return false end
		c.want = n
		yield(c)
	end
	return true
end

-- The length of the next line, with its end; nil, and how many bytes there are
-- without one: most, or all before the end of the stream. Looks at each byte once.
local function line_length(c, most)
	local seen = 0
	while seen < most do
		if not wait(c, seen + 1) then break end
		local text = copy(c, c.got + seen, min(STEP, most - seen))
		local at = find(text, '\n', 1, true)
		if at then return seen + at end
		seen = seen + #text
	end
	return nil, seen
end

local function receive(c, n)
	local text = copy(c, c.got, n)
	c.got = c.got + #text
	return text
end

local function receive_line(c, most)
	local length, seen = line_length(c, most + 2)
	if not length and seen < most + 2 then
		return nil, 'closed', receive(c, seen)
	end
	local text = length and copy(c, c.got, length - 1) or ''
	if sub(text, -1) == '\r' then text = sub(text, 1, -2) end
	if not length or #text > most then return nil, 'line too long' end
	c.got = c.got + length
	return text
end

function methods.receive(c, what, most)
	check_open(c, 'receive')
	check_wait(c, 'receive')
	if what == '*l' then
		most = most or LINE
		check_count(2, 'receive', most, 0, WAIT)
		return receive_line(c, most)
	end
	check_count(1, 'receive', what, 0, WAIT)
	if wait(c, what) then return receive(c, what) end
	return nil, 'closed', receive(c, what)
end

function methods.peek(c, n)
	check_open(c, 'peek')
	check_wait(c, 'peek')
	check_count(1, 'peek', n, 0, WAIT)
	if wait(c, n) then return copy(c, c.got, n) end
	return nil, 'closed', copy(c, c.got, n)
end

local function append(c, verdict)
	c.last = c.last + 1
	c[c.last] = verdict
end

-- The kernel gets a verdict on n bytes more, the first one's of the queue.
local function advance(c, verdict, n)
	c.got = c.got - n
	c.decided = c.decided - n
	verdict.n = verdict.n - n
	if verdict.n > 0 then return end
	c[c.first] = nil
	c.first = c.first + 1
	if c.first > c.last then c.first, c.last = 1, 0 end
end

-- What the hook returns for the first verdict of the queue. It is not called for
-- bytes to come that are passed.
local function give_pass(c, verdict)
	local n, size = verdict.n, c.size
	advance(c, verdict, n)
	if n > size then pass(n - size) end
	return true, min(n, size)
end

local function give_drop(c, verdict)
	local n = min(verdict.n, c.size)
	advance(c, verdict, n)
	return drop, n
end

local function give_replace(c, verdict)
	local n = min(verdict.n, c.size)
	verdict.give = give_drop
	advance(c, verdict, n)
	return true, n, verdict.s
end

-- After these comes nothing.
local function give_rest()
	return pass()
end

local function give_refusal(c, verdict)
	return false, verdict.s
end

local function give_error(c, verdict)
	error(verdict.s, 0)
end

-- Decide on n bytes; neighbours that are treated alike are one verdict.
local function decide(c, give, n, s)
	local last = c[c.last]
	if last and last.give == give and not s then
		last.n = last.n + n
	elseif n > 0 then
		append(c, { give = give, n = n, s = s })
	end
	c.decided = c.decided + n
	c.got = max(c.got, c.decided)
end

-- Without a number; nil is not none: it is what tonumber() makes of nonsense.
function methods.pass(c, ...)
	check_open(c, 'pass')
	if select('#', ...) == 0 then
		c.passed = true
		return
	end
	local n = ...
	check_count(1, 'pass', n, 0, FAR - c.decided)
	decide(c, give_pass, n)
end

function methods.drop(c, n)
	check_open(c, 'drop')
	check_count(1, 'drop', n, 0, FAR - c.decided)
	decide(c, give_drop, n)
end

function methods.replace(c, n, s)
	check_open(c, 'replace')
	check_count(1, 'replace', n, 1, FAR - c.decided)
	check_type(2, 'replace', s, 'string')
	decide(c, give_replace, n, s)
end

function methods.refuse(c, reason)
	check_open(c, 'refuse')
	check_wait(c, 'refuse')
	append(c, { give = give_refusal, s = reason })
	yield(c)
end

function methods.send(c, s)
	check_type(1, 'send', s, 'string')
	return c.sk:send(s)
end

-- Let the function go on until it waits, or ends. An error, too, leaves alone what
-- it has decided: how much of that the kernel has depends on the network.
local function run(c)
	local ok, what = resume(c.thread, c)
	if not ok then
		append(c, { give = give_error, s = what })
	elseif status(c.thread) == 'dead' then
		append(c, c.passed and { give = give_rest } or
			  { give = give_refusal, s = 'the handler has ended' })
	elseif what ~= c then
		append(c, { give = give_error, s = 'a handler cannot yield' })
	end
end

-- The hook that runs f(c) for a connection
function conn.handler(f)
	check_type(1, 'handler', f, 'function')
	local c = setmetatable({
		thread = create(f), got = 0, decided = 0, want = 0, first = 1, last = 0,
	}, meta)
	return function(data, size, nonblock, sk)
		c.data, c.size, c.ended, c.sk = data, size, false, sk
		while not c[c.first] do
			local missing = c.got + c.want - c.size
			if missing > 0 and not c.ended then
				c.size, c.ended = more(missing)
			else
				run(c)
			end
		end
		local verdict = c[c.first]
		return verdict.give(c, verdict)
	end
end

return conn
