-- The least that a script can do
function process()
	return true
end
