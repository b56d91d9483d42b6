-- What tostring() says of an object is no address of the kernel's.
-- ends: 0
local objects = {
	{}, print, function() end, coroutine.create(print), string.len, _G, math.abs,
}
for i, object in ipairs(objects) do
	local text = tostring(object)
	-- or a place holder, as long as there is no key to hash addresses with
	if not text:find('%(_*ptrval_*%)') then
		local n = tonumber(text:match('0*x?(%x+)$'), 16)
		assert(n and n >= 0 and n <= 0xffffffff, text)
	end
	assert(#text < 40)
end
assert(not pcall(string.format, '%p', {}))
local ok, message = pcall(error, {})
ok, message = pcall(function() return {} + 1 end)
assert(not message:find('%x%x%x%x%x%x%x%x'), message)
ok, message = pcall(function() return #print end)
assert(not message:find('%x%x%x%x%x%x%x%x'), message)
