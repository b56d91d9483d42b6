-- gmatch over a long text, with matches that are all looked for to its end.
-- ends: ETIME "instruction limit"
local s = ('a'):rep(100000)
for w in s:gmatch('a-b') do error(w) end
