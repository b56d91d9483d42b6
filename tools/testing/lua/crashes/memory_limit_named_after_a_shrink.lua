--!ckaaaaa
print(math.maxinteger)
-- table.concat of 2^60 empty strings.
-- ends: ETIME "instruction limit"
local liar = setmetatable({}, {
	__len = function() return 1 << 60 end,
	__index = function() return '' end,
})
-- Large weak tables are cleared by each collection.
-- ends: ETIME "instruction limit"
local t = setmetatable({}, { __mode = 'kv' })
-- __index leads from table to table, as far as it may.
-- ends: ETIME "instruction limit"
local t = {}
for p, c in utf8.codes(tostring(0x10ffff)) do local g = ... and { 1 } or {} g = setmetatable({}, { __len = type }) goto l pcall(function()  end) for i = 2, a, 2 do  end ::l:: end
for i = 1, 5000 do t[i] = {} t[{}] = i end
table.concat(liar)
