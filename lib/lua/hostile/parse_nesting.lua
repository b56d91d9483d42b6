-- Text that nests as deep as it can, in every way that the grammar has.
-- ends: 0
local shapes = {
	{ 'return ', '(', '1', ')', '' },
	{ 'return ', '{', '', '}', '' },
	{ 'return ', 'function() return ', '1', ' end', '' },
	{ '', 'do ', '', ' end', '' },
	{ '', 'while x do ', '', ' end', '' },
	{ '', 'if x then ', '', ' end', '' },
	{ '', 'for i = 1, 2 do ', '', ' end', '' },
	{ '', 'repeat ', '', ' until x', '' },
	{ 'return ', 'not ', '1', '', '' },
	{ 'return ', '- ', '1', '', '' },
	{ 'return ', '1 .. ', '1', '', '' },
	{ 'return ', 'x[', '1', ']', '' },
	{ 'x = ', 'f(', '1', ')', '' },
	{ '', 'a.', 'b = 1', '', '' },
	{ '', 'a,', 'a = 1', '', '' },
	{ '', 'local function f() ', '', ' end', '' },
}
for i, s in ipairs(shapes) do
	for _, depth in ipairs { 10, 100, 190, 1000 } do
		local text = s[1] .. s[2]:rep(depth) .. s[3] .. s[4]:rep(depth)
		local f, message = load(text)
		assert(f or message:find('overflow') or message:find('limit') or
		       message:find('too many'), message)
	end
end
