-- Resumes what runs or is dead when no byte is left to say so, in each other.
-- ends: 0
local kept, outer, inner
-- the table has room beforehand: its growth would fail first, and leave as much
local function empty()
	kept = {}
	for i = 1, 1000 do kept[i] = false end
end
local function keep_text(i, filler)
	kept[i] = i .. filler
end
-- as large as the message
local function keep_table(i)
	kept[i] = {}
end
local fillers = {}
for size = 0, 11 do fillers[12 - size] = ('x'):rep(1 << size) end
local function fill()
	local i = 1
	for _, filler in ipairs(fillers) do
		while pcall(keep_text, i, filler) do i = i + 1 end
	end
	while pcall(keep_table, i) do i = i + 1 end
end
inner = coroutine.create(function()
	fill()
	coroutine.resume(outer)
	coroutine.resume(inner)
end)
outer = coroutine.create(function()
	empty()
	pcall(coroutine.resume, inner)
	empty()
	fill()
	coroutine.resume(inner)
	coroutine.resume(outer)
end)
pcall(coroutine.resume, outer)
kept = nil
