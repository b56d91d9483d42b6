-- No script after the first bytes
function process()
	return pass()
end
