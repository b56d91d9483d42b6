-- The first byte of a character announces more bytes than a character can have.
-- ends: 0
for first = 0xc0, 0xff do
	for more = 0, 8 do
		local s = string.char(first) .. ('\xbf'):rep(more)
		pcall(utf8.len, s)
		pcall(utf8.codepoint, s)
		pcall(utf8.offset, s, 1)
		pcall(function() for _ in utf8.codes(s) do end end)
	end
end
