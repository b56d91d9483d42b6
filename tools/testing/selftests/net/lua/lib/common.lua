-- SPDX-License-Identifier: GPL-2.0
-- What the tests of all libraries share; it stands before each of them. For the
-- system's Lua: cat common.lua http.lua | LUA_PATH='net/lua/lib/?.lua' lua5.3 -

local in_kernel, data = pcall(require, 'data')
if not in_kernel then
	local methods = {}
	local meta = {
		__index = methods,
		__len = function(d) return #d.text end,
		__tostring = function(d) return d.text end,
	}
	data = { new = function(text) return setmetatable({ text = text }, meta) end }
	function methods.segment(d, offset, length)
		length = length or #d.text
		return offset <= #d.text and
			data.new(d.text:sub(offset + 1, offset + length)) or nil
	end
end
local failures = 0

local function fail(...)
	failures = failures + 1
	if failures <= 10 then print(...) end
end

-- A value as text: tables by their sorted keys
local function show(value)
	if type(value) ~= 'table' then
		return type(value) == 'string' and ('%q'):format(value) or tostring(value)
	end
	local keys, parts = {}, {}
	for key in pairs(value) do keys[#keys + 1] = key end
	table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
	for i, key in ipairs(keys) do
		parts[i] = tostring(key) .. '=' .. show(value[key])
	end
	return '{' .. table.concat(parts, ' ') .. '}'
end

local function equal(what, got, wanted)
	if show(got) ~= show(wanted) then
		fail(('%s: %s, and not %s'):format(what, show(got), show(wanted)))
	end
end

-- What a parser says of a text, as a text; and how much it misses
local function outcome(parse, text)
	local result, why, missing = parse(text)
	return result and show(result) or tostring(why), missing, result
end

-- The wanted outcome: what is wrong, or fields that the result must have
local function check_whole(parse, text, wanted)
	local said, _, result = outcome(parse, text)
	if type(wanted) == 'string' then return equal(text, said, wanted) end
	if not result then return fail(('%q: %s'):format(text, said)) end
	equal(text, result.length, wanted.length or #text)
	for key, value in pairs(wanted) do
		equal(('%q: %s'):format(text, key), result[key], value)
	end
end

-- However the text arrives, it ends with the same, and nothing is said too early. A
-- kernel that looks at itself is slow, and tries some of the cuts.
local function check_parts(parse, text)
	local step = in_kernel and 1 + #text // 16 or 1
	local known, need
	for n = 0, (#text + step - 1) // step do
		local i = math.min(n * step, #text)
		local part = text:sub(1, i)
		local said, missing, result = outcome(parse, part)
		if known then
			equal(('%d bytes of %q'):format(i, text), said, known)
		elseif said ~= 'incomplete' then
			known = said
			if result and (need > i or need <= i - step) then
				fail(text, i, 'bytes were enough, not', need)
			end
		elseif math.type(missing) ~= 'integer' or missing < 1 then
			fail(text, 'misses', missing)
		else
			need = math.max(need or 0, i + missing)
		end
	end
end

-- parse(text) must come out as wanted, in every form and however it arrives.
local function check(parse, text, wanted)
	check_whole(parse, text, wanted)
	check_parts(parse, text)
	local said = outcome(parse, text)
	for _, rest in ipairs { '', text, '\0\255\r\n' } do
		if said ~= 'incomplete' then
			equal('with more behind it', outcome(parse, text .. rest), said)
		end
		equal('as data', outcome(parse, data.new(text .. rest)),
		      outcome(parse, text .. rest))
	end
end

-- Texts of so many random bytes of a set, which a parser must survive
local function check_random(parse, beginning, set, count, size)
	local seed = 42
	for _ = 1, count do
		local bytes = {}
		for i = 1, size do
			seed = (seed * 1103515245 + 12345) % 2147483648
			local at = (seed >> 8) % #set + 1
			bytes[i] = set:sub(at, at)
		end
		check_parts(parse, beginning .. table.concat(bytes))
	end
end

local function done()
	if failures > 0 then error(failures .. ' failures', 0) end
	print 'ok'
end
