-- %b looks for the closing bracket to the end of the text, from each opening one.
-- ends: ETIME "instruction limit"
local s = ('('):rep(200000)
s:find('%b()')
