-- What tostring() says of an object is no address of the kernel's.
-- ends: 0
local objects = {
	{}, print, function() end, coroutine.create(print), string.len, _G, math.abs,
}
for i, object in ipairs(objects) do
	local digits = tostring(object):match('0*x?(%x+)$')
	local n = tonumber(digits, 16)
	assert(n and n >= 0 and n <= 0xffffffff, tostring(object))
	assert(#tostring(object) < 40)
end
assert(not pcall(string.format, '%p', {}))
local ok, message = pcall(error, {})
ok, message = pcall(function() return {} + 1 end)
assert(not message:find('%x%x%x%x%x%x%x%x'), message)
ok, message = pcall(function() return #print end)
assert(not message:find('%x%x%x%x%x%x%x%x'), message)
