-- What scripts do that know strings only
function process(data)
	local text = tostring(data)
	return text ~= 'SSH-2.0-OpenSSH_'
end
