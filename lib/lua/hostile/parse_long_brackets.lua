-- Long strings and comments of many levels, with ends that are none.
-- ends: ETIME "instruction limit"
local level = ('='):rep(20000)
local text = 'x = [' .. level .. '[' .. (']' .. ('='):rep(100)):rep(500) .. ']' .. level .. ']'
assert(load(text))
while true do load(text) load('--' .. text:sub(5)) load('[' .. level) end
